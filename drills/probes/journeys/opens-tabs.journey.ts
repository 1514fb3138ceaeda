import { journey } from 'loopwatch/journey';

export default journey('opens-tabs', { every: '1m', timeout: '10s' }, async ({ context, step }) => {
  await step('tabs', async () => {
    for (let n = 0; n < 100; n++) await context.newPage();
  });
});
