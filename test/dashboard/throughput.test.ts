import { expect, test } from 'vitest';
import { Throughput } from '../../dashboard/src/state/throughput.ts';

test('a rate is not said before a second has passed', () => {
  const throughput = new Throughput();
  expect(throughput.add(100, 0)).toBeNull();
  expect(throughput.add(200, 500)).toBeNull();
  expect(throughput.add(300, 2000)).toBe(100);
});

test('the rate is of the last 15 seconds', () => {
  const throughput = new Throughput();
  throughput.add(0, 0);
  throughput.add(1_000_000, 10_000);
  throughput.add(1_000_000, 20_000);
  expect(throughput.add(1_000_150, 35_000)).toBe(10);
});

test('a product started anew starts the count anew', () => {
  const throughput = new Throughput();
  throughput.add(1_000_000, 0);
  expect(throughput.add(10, 5000)).toBeNull();
  expect(throughput.add(20, 6000)).toBe(10);
});
