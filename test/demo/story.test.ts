/** The story waits for what the product does, and tells it. */
import { expect, test } from 'vitest';
import { writeRules } from '../../demo/own-rules.ts';
import { type Stage, tellStory } from '../../demo/story.ts';
import type { ProductApi } from '../../demo/watch.ts';
import type { IncidentSummary } from '../../model/incident.ts';
import type { Operation, OperationStatus } from '../../model/operation.ts';
import { readRulesFolder } from '../../rules/language/folder.ts';
import { loadRules } from '../../rules/language/load.ts';
import { testFolder } from '../helpers/folder.ts';

const START = 1_768_467_600_000;

/** A product that reacts to what is begun, a look later. */
function product() {
  const clock = { now: START };
  const done: string[] = [];
  let workers = 2;
  const operations: Operation[] = [];
  const incidents: IncidentSummary[] = [];
  const operation = (id: string, rule: string, status: OperationStatus, kind: 'scale' | 'remediate') => {
    const order =
      kind === 'scale'
        ? { kind, expectedCurrent: 2, desired: 3, bounds: { min: 2, max: 4 } }
        : { kind, action: 'roll_back', parameters: {} };
    const found = operations.findIndex((one) => one.id === id);
    const made = {
      id,
      rule,
      status,
      order,
      target: kind,
      proposedAt: clock.now,
      reason: 'So.',
      rollbackOf: '',
    };
    if (found >= 0) operations.splice(found, 1);
    operations.unshift(made as unknown as Operation);
  };
  const stage: Stage = {
    begin: async (fault) => {
      done.push(fault);
      if (fault === 'load-x3') {
        workers = 3;
        operation('a', 'checkout-slow', 'verified', 'scale');
      } else {
        operation('b', 'checkout-slow', 'rolled_back', 'scale');
        operation('c', 'payment-errors', 'awaiting_approval', 'remediate');
      }
    },
    end: async (fault) => {
      done.push(`end ${fault}`);
      workers = 2;
    },
    workers: () => workers,
  };
  const api: ProductApi = {
    incidents: async () => incidents,
    operations: async () => operations,
    approve: async (id) => {
      done.push(`approve ${id}`);
      operation(id, 'payment-errors', 'verified', 'remediate');
    },
  };
  const said: string[] = [];
  const wait = async (ms: number) => {
    clock.now += ms;
  };
  const tell = (until = new AbortController().signal) =>
    tellStory({
      ...{ stage, api, until, wait, say: (line) => said.push(line) },
      ...{ rules: ['checkout-slow', 'payment-errors'], clock: { now: () => clock.now } },
    });
  return { tell, said, done, operations, api };
}

test('each moment waits for the one before, and the demo approves when nobody else does', async () => {
  const { tell, said, done } = product();
  expect(await tell()).toBe(true);
  expect(done).toEqual(['load-x3', 'end load-x3', 'bad-release', 'approve c']);
  expect(said[0]).toMatch(/^0:00 {2}All is well/);
  expect(said.join('\n')).toContain('scale 2 → 3 workers: verified. So.');
  expect(said.join('\n')).toContain('roll back of scale'.replace('scale', 'remediate'));
});

test('what does not come is not waited for without end, and said', async () => {
  const { tell, said, api, operations } = product();
  api.operations = async () => operations.filter(({ rule }) => rule !== 'checkout-slow');
  expect(await tell()).toBe(false);
  expect(said.join('\n')).toContain('did not come to this: a worker more was verified');
});

test('ended in the middle, it says and does nothing more', async () => {
  const { tell, said, done } = product();
  await tell(AbortSignal.abort());
  expect([said, done]).toEqual([[], []]);
});

test('the demo’s rules load without a mistake', () => {
  const folder = testFolder();
  const names = writeRules(folder, 'http://localhost:8090');
  const { rules, hooks, problems } = loadRules(readRulesFolder(folder).rules).set;
  expect(problems).toEqual([]);
  expect(rules.map(({ name }) => name).sort()).toEqual(names.sort());
  expect(hooks[0]).toMatchObject({
    name: 'shop',
    to: { url: 'http://127.0.0.1:8090/hooks/checkout-workers' },
  });
});
