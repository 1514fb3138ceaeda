import { journey } from 'loopwatch/journey';

/** Where the demo shop is. */
const SHOP = process.env.JOURNEY_SHOP_URL ?? 'http://localhost:8091';

/** An order in the demo shop: what its users come for. `allow` joins the shop's own spans to the run's trace. */
export default journey(
  'shop checkout',
  {
    every: '1m',
    timeout: '30s',
    thresholds: { total: '5s', steps: { order: '2s' } },
    tags: { team: 'shop' },
    allow: [new URL(SHOP).origin],
  },
  async ({ page, step, expect }) => {
    await step('home', async () => {
      await page.goto(SHOP);
      await expect(page.getByTestId('product').first()).toBeVisible();
    });
    await step('product', async () => {
      await page.getByTestId('product').first().click();
      await expect(page.getByTestId('price')).toBeVisible();
    });
    await step('cart', async () => {
      await page.getByTestId('add-to-cart').click();
      await page.getByTestId('cart').click();
      await expect(page.getByTestId('cart-line')).toHaveCount(1);
    });
    await step('checkout', async () => {
      await page.getByTestId('checkout').click();
      await page.getByTestId('name').fill('Ada Probe');
      await page.getByTestId('address').fill('1 Loop Street');
    });
    await step('order', async () => {
      await page.getByTestId('place-order').click();
      await expect(page.getByTestId('order-number')).toBeVisible();
    });
  },
);
