import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('exits', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('home', () => page.goto(SITE));
  await step('leave', () => process.exit(0));
});
