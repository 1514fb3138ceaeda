import { journey } from 'loopwatch/journey';

export default journey('goes-to-chrome', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('chrome', () => page.goto('chrome://version'));
});
