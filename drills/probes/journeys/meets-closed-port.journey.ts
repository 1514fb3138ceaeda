import { journey } from 'loopwatch/journey';

export default journey('meets-closed-port', { every: '1m', timeout: '3s' }, async ({ page, step }) => {
  await step('closed', () => page.goto('http://127.0.0.1:2'));
});
