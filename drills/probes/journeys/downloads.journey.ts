import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('downloads', { every: '1m', timeout: '5s' }, async ({ page, step }) => {
  await step('download', () => page.goto(`${SITE}/download`));
});
