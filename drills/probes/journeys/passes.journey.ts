import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

export default journey('passes', { every: '1m', timeout: '10s' }, async ({ page, step, expect }) => {
  await step('home', async () => {
    await page.goto(SITE);
    await expect(page.getByRole('heading')).toHaveText('Shop');
  });
  await step('product', () => page.getByRole('link', { name: 'Tea' }).click());
  await step('cart', async () => {
    await page.getByRole('button', { name: 'Add' }).click();
    await expect(page.getByText('in the cart')).toBeVisible();
  });
});
