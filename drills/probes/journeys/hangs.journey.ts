import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('hangs', { every: '1m', timeout: '2s' }, async ({ page, step }) => {
  await step('home', () => page.goto(SITE));
  await step('wait', () => new Promise(() => {}));
});
