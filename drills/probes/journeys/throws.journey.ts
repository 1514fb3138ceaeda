import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('throws', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('home', () => page.goto(SITE));
  await step('sum', () => (undefined as unknown as number[]).map((one) => one + 1));
});
