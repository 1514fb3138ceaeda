/** The journeys that are shipped work. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startRunner } from '../synthetics/setting.ts';
import { productInFolder } from './setting.ts';

test('the journey for the product’s own dashboard passes', async () => {
  const { product, dispose } = await productInFolder();
  const setting = await startRunner({ JOURNEY_DASHBOARD_URL: product.dashboardUrl });
  try {
    const outcome = await setting.run(
      fileURLToPath(new URL('../../synthetics/examples/dashboard.journey.ts', import.meta.url)),
    );
    expect(outcome.failure).toBeNull();
    expect(outcome.steps.map(({ name }) => name)).toEqual(['overview', 'traces']);
  } finally {
    await setting.dispose();
    await dispose();
  }
}, 90_000);
