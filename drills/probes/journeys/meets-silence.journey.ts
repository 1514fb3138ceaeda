import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('meets-silence', { every: '1m', timeout: '2s' }, async ({ page, step }) => {
  await step('hangs', () => page.goto(`${SITE}/hangs`));
});
