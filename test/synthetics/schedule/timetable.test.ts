/** The grid: slots that everybody can compute, each dealt with once, whatever the clock does. */
import { expect, test } from 'vitest';
import { gridOf, slotAt } from '../../../synthetics/schedule/grid.ts';
import { Timetable } from '../../../synthetics/schedule/timetable.ts';
import { SEED, seeded } from '../../helpers/chance.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1, 12);
const probe = { name: 'home', every: MINUTE };
const grid = gridOf('home', 'fra', MINUTE);
/** A slot some slots after the start. */
const slot = (n: number) => slotAt(grid, START) + n * MINUTE;

function timetable(now = START) {
  const table = new Timetable<typeof probe>('fra');
  table.replace([probe], now);
  return table;
}
const shown = (departures: { slot: number; missed: string }[]) =>
  departures.map(({ slot, missed }) => (missed === '' ? slot : `missed ${slot}`));

test('the jitter of a probe at a location never changes, and spreads probes over the interval', () => {
  expect(gridOf('home', 'fra', MINUTE)).toEqual(gridOf('home', 'fra', MINUTE));
  expect(gridOf('home', 'lon', MINUTE).offset).not.toBe(grid.offset);
  const minutes = new Set(
    Array.from({ length: 60 }, (_, i) => Math.floor(gridOf(`probe ${i}`, 'fra', HOUR).offset / MINUTE)),
  );
  expect(minutes.size).toBeGreaterThan(25);
});

test('slots are absolute: a restart in between changes none of them', () => {
  for (const later of [0, 1, 59_999, MINUTE]) {
    const at = slotAt(grid, START + later);
    expect(at % MINUTE).toBe(grid.offset);
    expect(at).toBeLessThanOrEqual(START + later);
    expect(at).toBeGreaterThan(START + later - MINUTE);
  }
});

test('a slot is due once, when it begins', () => {
  const table = timetable();
  expect(table.next()).toBe(slot(1));
  expect(table.due(slot(1) - 1)).toEqual([]);
  expect(shown(table.due(slot(1)))).toEqual([slot(1)]);
  expect(table.due(slot(1) + 30_000)).toEqual([]);
  expect(table.next()).toBe(slot(2));
});

test('slots that passed unseen are written down, oldest first, and the newest is run', () => {
  const table = timetable();
  expect(shown(table.due(slot(3) + 10))).toEqual([`missed ${slot(1)}`, `missed ${slot(2)}`, slot(3)]);
});

test('of a gap of days only the newest slots are written down', () => {
  const departures = timetable().due(slot(5_000));
  expect(departures).toHaveLength(61);
  expect(departures.at(-1)).toMatchObject({ slot: slot(5_000), missed: '' });
});

test('a clock that is set back a little repeats no slot, one that is set back far begins anew', () => {
  const table = timetable();
  table.due(slot(10));
  expect(table.due(slot(10) - 50)).toEqual([]);
  expect(table.due(slot(10))).toEqual([]);
  expect(shown(table.due(slot(11)))).toEqual([slot(11)]);
  expect(table.due(slot(3) + 5)).toEqual([]);
  expect(shown(table.due(slot(4)))).toEqual([slot(4)]);
});

test('a definition that changes keeps its place, a new interval starts at its next slot, what is gone is never due', () => {
  const table = timetable();
  table.due(slot(1));
  table.replace([{ ...probe }], slot(1) + 5);
  expect(table.due(slot(1) + 5)).toEqual([]);
  table.replace([{ ...probe, every: HOUR }], slot(1) + 5);
  expect(table.due(slot(1) + 6)).toEqual([]);
  expect(table.next()).toBe(slotAt(gridOf('home', 'fra', HOUR), slot(1)) + HOUR);
  table.replace([], slot(2));
  expect(table.next()).toBeNull();
  expect(table.due(slot(100))).toEqual([]);
});

test('however it is asked, every slot is named exactly once', () => {
  const random = seeded();
  const table = timetable();
  const seen: number[] = [];
  let now = START;
  for (let i = 0; i < 2_000; i++) {
    now += Math.floor(random.next() * 3 * MINUTE);
    seen.push(...table.due(now).map((departure) => departure.slot));
  }
  const all = Array.from({ length: (slotAt(grid, now) - slot(0)) / MINUTE }, (_, i) => slot(i + 1));
  expect(seen, `SEED=${SEED}`).toEqual(all);
});
