import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('meets-popups', { every: '1m', timeout: '5s' }, async ({ page, step, expect }) => {
  await step('popups', async () => {
    await page.goto(`${SITE}/popups`);
    await expect(page.getByText('never')).toBeVisible();
  });
});
