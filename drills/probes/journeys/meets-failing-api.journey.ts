import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey(
  'meets-failing-api',
  { every: '1m', timeout: '3s' },
  async ({ page, step, expect }) => {
    await step('api', async () => {
      await page.goto(`${SITE}/api-fails`);
      await expect(page.getByText('never')).toBeVisible({ timeout: 500 });
    });
  },
);
