import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('is-sent-to-file', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('redirect', () => page.goto(`${SITE}/to-file`));
});
