import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

/** Each step is one page that takes as long as the step is called, in milliseconds. */
export default journey('delays', { every: '1m' }, async ({ page, step }) => {
  for (const ms of ['600', '800', '1000']) await step(ms, () => page.goto(`${SITE}/delay?ms=${ms}`));
});
