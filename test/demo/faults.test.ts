import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Faults } from '../../demo/faults/faults.ts';
import type { Behaviour } from '../../demo/shop/messages.ts';

let done: unknown[];
let lines: string[];
let faults: Faults;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  done = [];
  lines = [];
  const shop = {
    behave: async (change: Partial<Behaviour>) => void done.push(change),
    deployPayment: async (version: string) => void done.push(version),
  };
  faults = new Faults(shop, { now: Date.now }, (line) => void lines.push(line));
});
afterEach(() => {
  faults.stop();
  vi.useRealTimers();
});

const active = () =>
  faults
    .list()
    .filter((fault) => fault.active)
    .map(({ name, endsAt }) => [name, endsAt! - Date.now()]);

test('every fault ends by itself', async () => {
  const names = faults.list().map(({ name }) => name);
  for (const name of names) await faults.begin(name, name === 'roll-back' ? undefined : 5_000);
  expect(active().map(([name]) => name)).toEqual(
    names.filter((name) => name !== 'roll-back' && name !== 'bad-release'),
  );
  done = [];
  await vi.advanceTimersByTimeAsync(5_000);
  expect(active()).toEqual([]);
  expect(done).toEqual(
    expect.arrayContaining([
      { slowness: 1 },
      { errorShare: 0 },
      { leak: false },
      { stuck: false },
      { load: 1 },
    ]),
  );
});

test('begun again, it has a new end and begins no second time to end', async () => {
  await faults.begin('stuck-queue', 10_000);
  await vi.advanceTimersByTimeAsync(9_000);
  await faults.begin('stuck-queue', 10_000);
  expect(active()).toEqual([['stuck-queue', 10_000]]);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(active()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(active()).toEqual([]);
  expect(done).toEqual([{ stuck: true }, { stuck: true }, { stuck: false }]);
});

test('a roll-back ends the bad release, whose own end then does nothing', async () => {
  await faults.begin('bad-release');
  await faults.begin('roll-back');
  expect(active()).toEqual([]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(done).toEqual(['1.4.3', '1.4.2']);
});

test('ending what is not active does nothing', async () => {
  await faults.end('slow-payment');
  expect([done, lines]).toEqual([[], []]);
});

test('a name that is not known is answered with the nearest; an endless fault with the bound', async () => {
  await expect(faults.begin('slow-paymnt')).rejects.toThrow('did you mean slow-payment?');
  await expect(faults.begin('load-x3', 3_600_001)).rejects.toThrow('an hour at most');
  await expect(faults.begin('toString')).rejects.toThrow('There is no fault');
  expect(done).toEqual([]);
});
