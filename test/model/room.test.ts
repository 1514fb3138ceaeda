/** Room against lines that can be drawn by hand. */
import { describe, expect, test } from 'vitest';
import { byUseAt, fitLine, roomOf, useAt } from '../../model/room.ts';

/** Use is 10 % and 1 % more for each request: 80 % is reached at 70 requests. */
const line = (loads: number[]) => loads.map((load) => ({ load, use: 0.1 + load / 100 }));
const TEN = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50];

test('the line is the one of least squares', () => {
  // Means 2 and 3; Σ(x−2)(y−3) = (−1)(−1) + 0 + 1·2 = 3 with y = 2, 2, 5; Σ(x−2)² = 2; Σ(y−3)² = 6.
  const fit = fitLine([
    { load: 1, use: 2 },
    { load: 2, use: 2 },
    { load: 3, use: 5 },
  ])!;
  expect(fit.slope).toBeCloseTo(1.5);
  expect(fit.base).toBeCloseTo(0);
  expect(fit.r2).toBeCloseTo((1.5 * 1.5 * 2) / 6);
});

test('room is the load at 80 % by the peak load', () => {
  const room = roomOf(line(TEN));
  expect(room).toMatchObject({ known: true, peakLoad: 50 });
  expect(room.known && room.safeLoad).toBeCloseTo(70);
  expect(room.known && room.times).toBeCloseTo(1.4);
  expect(useAt(room, 1)).toBeCloseTo(0.6);
  expect(useAt(room, 1.5)).toBeCloseTo(0.85);
});

test('what is over 80 % already has less than once', () => {
  const room = roomOf(line(TEN.map((load) => load * 2)));
  expect(room.known && room.times).toBeCloseTo(0.7);
});

describe('there is no room to tell', () => {
  test.each([
    ['without requests', TEN.map(() => ({ load: 0, use: 0.5 })), 'no-load'],
    ['of fewer than ten points', line(TEN.slice(0, 9)), 'few-points'],
    ['when load was steady', line(TEN.map((load) => 100 + load)), 'steady-load'],
    ['when use falls as load rises', TEN.map((load) => ({ load, use: 1 - load / 100 })), 'weak-fit'],
    ['when use has nothing to do with load', TEN.map((load, i) => ({ load, use: i % 2 })), 'weak-fit'],
  ] as const)('%s', (_, points, why) => expect(roomOf(points)).toMatchObject({ known: false, why }));
});

test('more load changes the order: what is idle now can break first', () => {
  const steep = { id: 'steep', used: 0.6, room: roomOf(line(TEN)) };
  const flat = {
    id: 'flat',
    used: 0.75,
    room: roomOf(TEN.map((load) => ({ load, use: 0.7 + load / 1000 }))),
  };
  const unknown = { id: 'unknown', used: 0.7, room: roomOf([]) };
  const order = (factor: number) =>
    byUseAt([steep, flat, unknown], factor).map(({ resource }) => resource.id);
  expect(order(1)).toEqual(['flat', 'unknown', 'steep']);
  expect(order(1.5)).toEqual(['steep', 'flat', 'unknown']);
  expect(byUseAt([steep, flat, unknown], 1.5).map(({ breaks }) => breaks)).toEqual([true, false, false]);
});
