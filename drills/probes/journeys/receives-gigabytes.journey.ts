import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey(
  'receives-gigabytes',
  { every: '1m', timeout: '20s' },
  async ({ page, step, expect }) => {
    await step('endless', async () => {
      await page.goto(`${SITE}/endless`);
      await expect(page.getByText('never')).toBeVisible({ timeout: 19_000 });
    });
  },
);
