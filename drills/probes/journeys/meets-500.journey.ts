import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('meets-500', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('fails', () => page.goto(`${SITE}/fails`));
});
