import { expect, test } from 'vitest';
import { addState, changePercent, type Flap } from '../../../rules/evaluate/flapping.ts';

const EVERY = 30_000;
const START: Flap = { changes: [], flapping: false };

/** One state after the other, '1' firing; quiet before. */
function run(states: string, from = START): Flap {
  let before = '0';
  return [...states].reduce((flap, state, i) => {
    const changed = state !== before;
    before = state;
    return addState(flap, changed, i * EVERY, EVERY);
  }, from);
}

const percentOf = (states: string): number =>
  changePercent(run(states).changes, (states.length - 1) * EVERY, EVERY);

test('a change in every of 21 states is 100 %, none is 0', () => {
  expect(percentOf('010101010101010101010')).toBeCloseTo(100, 10);
  expect(percentOf('000000000000000000000')).toBe(0);
});

test('the newest change weighs 1.25, the oldest 0.75, and one before it nothing', () => {
  expect(percentOf('000000000000000000001')).toBeCloseTo(1.25 * 5, 10);
  expect(percentOf('011111111111111111111')).toBeCloseTo(0.75 * 5, 10);
  expect(percentOf('0111111111111111111111')).toBe(0);
});

test('it flaps from 20 % on and rests below 5 %, and between the two stays what it is', () => {
  expect(run('000000000000000000111').flapping, 'one change').toBe(false);
  expect(run('000000000000000010101').flapping).toBe(true);
  const states = `00000000000000001010${'1'.repeat(17)}`;
  expect(percentOf(states)).toBeLessThan(20);
  expect(run(states).flapping, 'between').toBe(true);
  expect(run(`000000000000000010101${'1'.repeat(21)}`).flapping, 'quiet again').toBe(false);
});

test('a short history counts as if it had been quiet before', () => {
  expect(percentOf('01')).toBeCloseTo(1.25 * 5, 10);
  expect(percentOf('1')).toBeCloseTo(1.25 * 5, 10);
  expect(run('0101').flapping).toBe(false);
});

test('what stays as it is has nothing to write, and what is kept is bounded', () => {
  const quiet = run('0101');
  expect(addState(quiet, false, 9 * EVERY, EVERY).changes).toBe(quiet.changes);
  expect(run('01'.repeat(100)).changes).toHaveLength(20);
});
