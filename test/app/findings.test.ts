/** What is read of the store when an incident is resolved: releases around it, what it cost, who would have told earlier. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFindings } from '../../app/findings.ts';
import type { Incident } from '../../model/incident.ts';
import type { Rule, Slo } from '../../model/rule.ts';
import type { SignalSource } from '../../model/signal.ts';
import { startTestEngine, type TestEngine } from '../helpers/engine.ts';
import { rule, ruleSet } from '../rules/incidents/make.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-01-15T09:00:00Z');
let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
  const seen = (service: string, version: string, minute: number) => ({
    ...{ ServiceName: service, Environment: '', ServiceVersion: version },
    ...{ FirstSeen: START + minute * MINUTE, LastSeen: START + 99 * MINUTE },
  });
  await it.engine.insertRows('service_seen', [
    seen('payment', '1.4.1', -9_000),
    seen('payment', '1.4.2', -31),
    seen('payment', '1.4.3', -29),
    seen('payment', '1.4.4', 4),
    seen('payment', '1.4.5', 6),
    seen('cart', '9.9.9', -5),
  ]);
});
afterAll(() => it.stop());

const isNotStopped = () => false;
const incident = { openedAt: START, resolved: { at: START + 5 * MINUTE } } as Incident;
const count = { kind: 'spans', measure: 'count', where: [], by: ['x'], window: 0 } as const;
const slo: Slo = {
  ...{ name: 'orders', summary: '', owner: '', file: '', objective: '0.99', bad: count, total: count },
  ...{ description: '', value: null, transaction: null, definition: '' },
  maintenance: { muteTimes: [], periods: [] },
  window: { rolling: 30 * 86_400_000 },
};
const burning: Rule = rule({
  signals: {
    burn: { kind: 'slo_burn', slo: 'orders', objective: '0.99', bad: count, total: count, pairs: [] },
  },
});

test('releases count from half an hour before until it was resolved; a service’s first version is none', async () => {
  const findings = readFindings(it.engine, { read: async () => new Map() }, () => ruleSet({}), '/nowhere');
  expect(await findings(incident, undefined, isNotStopped)).toEqual({
    releases: [
      { service: 'payment', version: '1.4.4', at: START + 4 * MINUTE },
      { service: 'payment', version: '1.4.3', at: START - 29 * MINUTE },
    ],
    ...{ budgets: [], missing: [], hindsight: { others: [], proposal: null, missing: 'the rule is gone' } },
  });
});

test('the budget burned is bad events of the incident against what the whole window allows', async () => {
  const windows = new Map<string, number>();
  const source: SignalSource = {
    read: async (signals) =>
      new Map(
        [...signals].map(([name, spec]) => {
          windows.set(name, 'window' in spec ? spec.window : 0);
          const value = name.endsWith('bad') ? 50 : 20_000;
          return [name, { ok: true, samples: [{ labels: {}, value, count: value }] }] as const;
        }),
      ),
  };
  const findings = readFindings(it.engine, source, () => ruleSet({ slos: [slo] }), '/nowhere');
  const { budgets, hindsight } = await findings(incident, burning, isNotStopped);
  expect(budgets).toEqual([{ slo: 'orders', bad: 50, share: 0.25 }]);
  expect(hindsight.missing, 'its file is not there').toContain('ENOENT');
  expect(windows.get('orders/bad')).toBe(5 * MINUTE);
});

test('what cannot be read is said, and the rest is there', async () => {
  const source: SignalSource = { read: () => Promise.reject(new Error('too slow')) };
  const findings = readFindings(it.engine, source, () => ruleSet({ slos: [slo] }), '/nowhere');
  const { releases, missing, hindsight } = await findings(incident, burning, isNotStopped);
  expect([releases.length, missing]).toEqual([2, ['Error budgets: too slow']]);
  expect(hindsight.missing).toBe('the store could not be read');
});
