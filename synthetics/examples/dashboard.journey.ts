import { journey } from 'loopwatch/journey';

/** Where the dashboard is; `JOURNEY_…` variables are handed to journeys. */
const DASHBOARD = process.env.JOURNEY_DASHBOARD_URL ?? 'http://localhost:8080';

/** Loopwatch's own dashboard, as somebody sees it who opens it and looks for a trace. */
export default journey(
  'loopwatch dashboard',
  {
    every: '5m',
    timeout: '30s',
    thresholds: { steps: { overview: '2s', traces: '2s' } },
    tags: { team: 'monitoring' },
  },
  async ({ page, step, expect }) => {
    await step('overview', async () => {
      await page.goto(DASHBOARD);
      await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
      await expect(page.getByRole('main')).not.toBeEmpty();
    });
    await step('traces', async () => {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Explore' }).click();
      await expect(page).toHaveURL(/\/traces/);
      await expect(page.getByRole('main')).not.toBeEmpty();
    });
  },
);
