import { journey } from 'loopwatch/journey';

const SITE = process.env.JOURNEY_SITE ?? '';

/** Three steps, two page loads, 383 kB of script, traced: the journey that the goals speak of. */
export default journey('shop', { every: '1m', allow: [SITE] }, async ({ page, step, expect }) => {
  await step('home', async () => {
    await page.goto(SITE);
    await expect(page.getByRole('heading')).toHaveText('Shop');
  });
  await step('product', async () => {
    await page.getByRole('link', { name: 'Tea' }).click();
    await expect(page.getByRole('heading')).toHaveText('Tea');
  });
  await step('cart', async () => {
    await page.getByRole('button', { name: 'Add' }).click();
    await expect(page.getByText('in the cart')).toBeVisible();
  });
});
