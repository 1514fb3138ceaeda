import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('loops', { every: '1m', timeout: '2s' }, async ({ page, step }) => {
  await step('home', () => page.goto(SITE));
  await step('count', () => {
    for (let n = 0; ; n++) if (n < 0) return n;
  });
});
