import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('meets-dialogs', { every: '1m', timeout: '5s' }, async ({ page, step, expect }) => {
  await step('dialogs', async () => {
    await page.goto(`${SITE}/dialogs`);
    await expect(page.getByText('never')).toBeVisible();
  });
});
