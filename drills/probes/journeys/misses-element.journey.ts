import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('misses-element', { every: '1m', timeout: '3s' }, async ({ page, step, expect }) => {
  await step('home', async () => {
    await page.goto(SITE);
    await expect(page.getByRole('button', { name: 'Buy' })).toBeVisible({ timeout: 300 });
  });
});
