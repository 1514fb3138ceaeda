/** What rules saw and when they changed is read back as it was written, to the millisecond. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstanceState, Transition } from '../../model/evaluation.ts';
import { readEvaluations, readTransitions, writeRuleHistory } from '../../store/queries/rules.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

/** A tick of the grid: whole seconds, which JSON writes without a point. */
const AT = Math.floor(Date.now() / 5_000) * 5_000 - 60_000;
const branches = [{ id: 'if', truth: null, value: 0.25, since: AT - 5_000, why: 'too few events' }];
const common = { rule: 'errors', fingerprint: '00aa', labels: { service: 'a' }, episode: 2, branches };

test.each([AT, AT + 123])('a change of phase at %i keeps its moment', async (at) => {
  const transition = {
    ...common,
    at,
    from: 'pending',
    to: 'firing',
    reason: 'condition',
    flapping: false,
    samples: {},
    summary: 'It fires.',
    description: '',
  } satisfies Transition;
  await writeRuleHistory(door.engine, [], [transition]);
  const found = await readTransitions(door.engine, 'errors', { from: at - 1, to: at, limit: 10 });
  expect(found).toEqual([expect.objectContaining({ at, from: 'pending', to: 'firing', episode: 2 })]);
});

test('an evaluation keeps the moment since when its phase holds', async () => {
  const state = {
    ...common,
    phase: 'firing',
    since: AT - 10_000,
    t: AT,
    unknown: null,
    recoveringSince: null,
    vanishedSince: null,
    changes: [],
    flapping: false,
    version: '1',
  } satisfies InstanceState;
  await writeRuleHistory(door.engine, [state], []);
  const found = await readEvaluations(door.engine, 'errors', AT);
  expect(found).toEqual([expect.objectContaining({ t: AT, since: AT - 10_000, phase: 'firing', branches })]);
});
