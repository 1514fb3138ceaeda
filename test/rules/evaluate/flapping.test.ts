import { expect, test } from 'vitest';
import { addState, changePercent, type Flap } from '../../../rules/evaluate/flapping.ts';

const run = (states: string): Flap =>
  [...states].reduce((flap, state) => addState(flap, state === '1'), {
    history: '',
    flapping: false,
  } as Flap);

test('a change in every of 21 states is 100 %, none is 0', () => {
  expect(changePercent('010101010101010101010')).toBeCloseTo(100, 10);
  expect(changePercent('000000000000000000000')).toBe(0);
});

test('the newest change weighs 1.25, the oldest 0.75', () => {
  expect(changePercent('000000000000000000001')).toBeCloseTo(1.25 * 5, 10);
  expect(changePercent('011111111111111111111')).toBeCloseTo(0.75 * 5, 10);
});

test('it flaps from 20 % on and rests below 5 %, and between the two stays what it is', () => {
  expect(run('000000000000000000111').flapping, 'one change').toBe(false);
  const flapping = run('000000000000000010101');
  expect(flapping.flapping).toBe(true);
  const between = run(`00000000000000001010${'1'.repeat(17)}`);
  expect(changePercent(between.history)).toBeLessThan(20);
  expect(between.flapping, 'between').toBe(true);
  expect(run(`000000000000000010101${'1'.repeat(21)}`).flapping, 'quiet again').toBe(false);
});

test('a short history counts as if it had been quiet before', () => {
  expect(changePercent('01')).toBeCloseTo(1.25 * 5, 10);
  expect(run('0101').flapping).toBe(false);
});
