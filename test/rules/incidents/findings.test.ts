/** What is found out after an incident was resolved is frozen with it, once for each resolution. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Findings } from '../../../model/findings.ts';
import { createIncidents } from '../../../rules/incidents/incidents.ts';
import { openState } from '../../../store/state/open.ts';
import { testFolder } from '../../helpers/folder.ts';
import { ends, fires, MINUTE, outcome, receiver, rule, ruleSet, START } from './make.ts';

const FOUND: Findings = {
  releases: [{ service: 'payment', version: '1.4.3', at: START - MINUTE }],
  budgets: [{ slo: 'orders', bad: 50, share: 0.25 }],
  hindsight: {
    others: [{ rule: 'watched', isShadow: true, earlierMs: 40_000 }],
    proposal: {
      what: '`for` halved',
      patch: '--- a/errors.yaml\n+++ b/errors.yaml\n@@ -1,1 +1,1 @@\n-for: 2m ~~~\n+for: 1m\n',
      ...{ earlierMs: 60_000, morePages: 0, over: 7 * 86_400_000 },
    },
    missing: '',
  },
  missing: [],
};

/** Incidents whose findings are what `answers` gives, one after the other; the last again and again. */
function lived(answers: readonly (Findings | Error)[], folder = testFolder()) {
  const clock = { time: START };
  const asked: number[] = [];
  const state = openState(folder);
  onTestFinished(() => state.close());
  const desk = createIncidents({
    state,
    set: () => ruleSet({ rules: [rule()], receivers: [receiver()] }),
    clock: { now: () => clock.time },
    evidence: async () => ({ series: [], traces: [], logs: [], missing: [] }),
    findings: async ({ number }) => {
      asked.push(number);
      const answer = answers[Math.min(asked.length, answers.length) - 1]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const at = (minutes: number, transitions: Parameters<typeof outcome>[1] = []) => {
    clock.time = START + minutes * MINUTE;
    desk.apply(outcome(clock.time, transitions));
  };
  return { asked, state, desk, at };
}

const found = (it: ReturnType<typeof lived>) =>
  vi.waitUntil(() => it.state.incidents.findings(1), { timeout: 20_000, interval: 5 });

test('releases, budgets and hindsight are in the retrospective, as they were when it was resolved', async () => {
  const folder = testFolder();
  const it = lived([FOUND], folder);
  it.at(0, [fires()]);
  it.at(5, [ends()]);
  await found(it);
  const { retrospective } = it.desk.get(1)!;
  expect(retrospective).toContain('payment 1.4.3');
  expect(retrospective).toContain('- orders: 50 bad event(s), 25 % of the window’s budget');
  expect(retrospective).toContain('- `watched` fired 40 s earlier, in shadow: it told nobody');
  expect(retrospective).toContain('told 60 s earlier; +0 page(s) in the 7d before that were replayed.');
  expect(retrospective, 'a fence longer than any in the file').toContain('~~~~diff\n--- a/errors.yaml');
  await it.desk.stop();
  const again = lived([new Error('not to be asked again')], folder);
  again.at(6);
  expect(again.state.incidents.withoutFindings(10)).toEqual([]);
  expect(again.desk.get(1)!.retrospective).toContain('payment 1.4.3');
});

test('until then, and where it cannot be found out, the retrospective says so', async () => {
  const it = lived([new Error('the store is away'), FOUND]);
  it.at(0, [fires()]);
  it.at(5, [ends()]);
  expect(it.desk.get(1)!.retrospective).toContain('Not computed: it is not long resolved');
  await vi.waitUntil(() => it.asked.length === 1, { timeout: 20_000, interval: 5 });
  it.at(6);
  await found(it);
  expect(it.asked, 'asked again at a later tick').toEqual([1, 1]);
});

test('a store that stays away is not asked for ever', async () => {
  const it = lived([new Error('the store is away')]);
  it.at(0, [fires()]);
  it.at(5, [ends()]);
  await vi.waitUntil(() => it.asked.length === 1, { timeout: 20_000, interval: 5 });
  it.at(15);
  expect((await found(it))!.missing).toEqual(['the store is away']);
  expect(it.desk.get(1)!.retrospective).toContain('Could not be read');
});
