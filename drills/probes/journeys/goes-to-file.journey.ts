import { journey } from 'loopwatch/journey';

export default journey('goes-to-file', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('file', () => page.goto('file:///etc/passwd'));
});
