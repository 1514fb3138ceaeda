import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('crashes-browser', { every: '1m', timeout: '3s' }, async ({ page, context, step }) => {
  await step('home', () => page.goto(SITE));
  await step('crash', async () => {
    const session = await context.browser()!.newBrowserCDPSession();
    await session.send('Browser.crash');
    await page.getByText('never').click();
  });
});
