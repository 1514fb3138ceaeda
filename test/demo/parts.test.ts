/** The parts that need no process. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../bench/workload/random.ts';
import { secondsToNext, visitorsPerSecond } from '../../demo/load/shape.ts';
import { writeJourneys } from '../../demo/own-journeys.ts';
import { Semaphore } from '../../demo/shop/semaphore.ts';
import { loadJourneys } from '../../synthetics/journey/load.ts';
import { testFolder } from '../helpers/folder.ts';

test('the load breathes around what is normal, and is the same for the same seed', () => {
  const noise = (step: number) => new Random(step).next();
  const hour = Array.from({ length: 3_600 }, (_, second) => visitorsPerSecond(second, 6, 1, noise));
  expect(hour).toEqual(Array.from({ length: 3_600 }, (_, second) => visitorsPerSecond(second, 6, 1, noise)));
  const mean = hour.reduce((sum, rate) => sum + rate) / hour.length;
  expect(mean).toBeCloseTo(6, 0);
  expect(Math.min(...hour)).toBeGreaterThan(6 * 0.64);
  expect(Math.min(...hour)).toBeLessThan(6 * 0.85);
  expect(Math.max(...hour)).toBeLessThan(6 * 1.36);
  expect(Math.max(...hour)).toBeGreaterThan(6 * 1.15);
  expect(visitorsPerSecond(10, 6, 3, noise)).toBeCloseTo(3 * visitorsPerSecond(10, 6, 1, noise));
});

test('visitors come as often as the rate says; nobody comes at rate 0', () => {
  const random = new Random(7);
  const gaps = Array.from({ length: 20_000 }, () => secondsToNext(4, random.next()));
  expect(gaps.reduce((sum, gap) => sum + gap) / gaps.length).toBeCloseTo(0.25, 2);
  expect(secondsToNext(0, 0.5)).toBe(Number.POSITIVE_INFINITY);
});

test('never more than its places are taken, and who waits is let in by the order of coming', async () => {
  const places = new Semaphore(4);
  const entered: number[] = [];
  const all = Array.from({ length: 7 }, (_, i) => places.enter().then(() => void entered.push(i)));
  await Promise.all(all.slice(0, 4));
  expect([places.running, places.waiting]).toEqual([4, 3]);
  places.leave();
  places.leave();
  await Promise.all(all.slice(4, 6));
  expect([places.running, places.waiting]).toEqual([4, 1]);
  for (let i = 0; i < 5; i++) places.leave();
  await all[6];
  expect([places.running, places.waiting, entered]).toEqual([0, 0, [0, 1, 2, 3, 4, 5, 6]]);
});

test('the journey of the demo buys in its own shop, and joins its trace', async () => {
  const folder = join(testFolder(), 'synthetics');
  writeJourneys(folder, 'http://127.0.0.1:4711');
  const { journeys, problems } = await loadJourneys(folder, {});
  expect(problems).toEqual([]);
  expect(journeys).toMatchObject([{ name: 'shop checkout', allow: ['http://127.0.0.1:4711'] }]);
});
