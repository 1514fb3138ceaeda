import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('stops-browser', { every: '1m', timeout: '2s' }, async ({ page, context, step }) => {
  await step('home', () => page.goto(SITE));
  await step('stop', async () => {
    const session = await context.browser()!.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    process.kill(processInfo.find(({ type }) => type === 'browser')!.id, 'SIGSTOP');
    await page.getByText('never').click();
  });
});
