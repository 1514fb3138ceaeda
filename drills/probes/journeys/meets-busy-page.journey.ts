import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('meets-busy-page', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('busy', async () => {
    await page.goto(`${SITE}/busy`);
    await page.getByText('never').click({ timeout: 0 });
  });
});
