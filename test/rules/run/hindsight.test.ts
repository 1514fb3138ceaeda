/** Could an incident have been told earlier: by replay over a fake past, and as a patch that applies. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../model/incident.ts';
import type { Reading, SignalSource } from '../../../model/signal.ts';
import { hindsightOf } from '../../../rules/run/hindsight.ts';
import { unifiedDiff } from '../../../rules/run/patch.ts';
import { testFolder } from '../../helpers/folder.ts';
import { load } from '../make-rule.ts';

const OPENED = Date.UTC(2026, 0, 15, 9);
const MINUTE = 60_000;
const SLOW = `name: slow
every: 10s
delay: 0s
signals: { queue: { metric: queue.length, reduce: max, window: 1m } }
if: { signal: queue, gt: 100, for: 2m }
then: [{ notify: shop }]
`;
const SHADOW = `name: watched
mode: shadow
every: 10s
delay: 0s
signals: { queue: { metric: queue.length, reduce: max, window: 1m } }
if: { signal: queue, gt: 50 }
`;
const files = {
  'slow.yaml': SLOW,
  'watched.yaml': SHADOW,
  'team.yaml': 'receivers: [{ name: shop, url: "https://example.org" }]',
};
const incident = { number: 1, rule: 'slow', openedAt: OPENED, group: {} } as Incident;

/** @param queue its length at a time */
const sourceOf = (queue: (t: number) => number): SignalSource => ({
  read: async (signals, t) =>
    new Map(
      [...signals.keys()].map((name): [string, Reading] => [
        name,
        { ok: true, samples: [{ labels: {}, value: queue(t), count: 1 }] },
      ]),
    ),
});

const looking = (queue: (t: number) => number, more: object = {}) => {
  const { set } = load(files);
  let clock = 0;
  return hindsightOf(incident, set.rules.find(({ name }) => name === 'slow')!, {
    ...{ set, source: sourceOf(queue), textOf: () => SLOW, isStopped: () => false },
    ...{ lookBackMs: 4 * 60 * MINUTE, withinMs: 1e9, monotonic: () => clock++, wait: async () => {} },
    ...more,
  });
};

/** It rose two minutes before the incident, and every two hours before that for a minute. */
const rising = (t: number): number => {
  if (t > OPENED - 30 * MINUTE) return t >= OPENED - 2 * MINUTE ? 150 : 60;
  return (OPENED - t) % (120 * MINUTE) < MINUTE ? 150 : 0;
};

test('the change that tells earlier for the fewest pages is proposed as a patch, with what it would have cost', async () => {
  const { proposal, others, missing } = await looking(rising);
  expect(missing).toBe('');
  expect(proposal).toMatchObject({ what: '`for` halved', earlierMs: MINUTE, over: 4 * 60 * MINUTE });
  expect(proposal!.patch).toContain(
    '-if: { signal: queue, gt: 100, for: 2m }\n+if: { signal: queue, gt: 100, for: 1m }\n',
  );
  expect(others).toEqual([{ rule: 'watched', isShadow: true, earlierMs: expect.any(Number) }]);
  expect(others[0]!.earlierMs).toBeGreaterThan(20 * MINUTE);
});

test('pages that it would have cost are counted', async () => {
  const often = (t: number) => (t > OPENED - 2 * MINUTE || t % (20 * MINUTE) < 80_000 ? 150 : 0);
  const { proposal } = await looking(often);
  expect(proposal!.morePages).toBeGreaterThan(0);
});

test('counting ends when its time is over, and says how far it came', async () => {
  const { proposal } = await looking(rising, { withinMs: 6_000 });
  expect(proposal!.over).toBeGreaterThan(0);
  expect(proposal!.over).toBeLessThan(4 * 60 * MINUTE);
});

test('where there is no time at all, or the product stops, it ends at once and says so', async () => {
  await expect(looking(rising, { withinMs: 0 })).rejects.toThrow('it took too long');
  await expect(looking(rising, { isStopped: () => true })).rejects.toThrow('it took too long');
});

test('it asks one thing at a time and pauses in between, so that live ticks have the store', async () => {
  let open = 0;
  let most = 0;
  let pauses = 0;
  const plain = sourceOf(rising);
  const source: SignalSource = {
    read: async (signals, t) => {
      most = Math.max(most, ++open);
      await Promise.resolve();
      open--;
      return plain.read(signals, t);
    },
  };
  await looking(rising, { source, wait: async () => void pauses++ });
  expect(most).toBe(1);
  expect(pauses).toBeGreaterThan(100);
});

test('where nothing would have told earlier, nothing is proposed', async () => {
  expect(await looking(() => 0)).toEqual({ others: [], proposal: null, missing: '' });
});

describe('a patch', () => {
  const lines = Array.from({ length: 30 }, (_, i) => `line ${i}: ${i === 3 ? '`x` ~~~' : 'y'}`);

  test.each([
    ['two places far apart', [2, 25], '\n'],
    ['two places near', [10, 13], '\n'],
    ['neighbours', [10, 11], '\n'],
    ['first and last, without a final line break', [0, 29], ''],
  ])('of %s is what git applies', (_, places, end) => {
    const before = lines.join('\n') + end;
    const after = lines.map((line, i) => (places.includes(i) ? `${line} now` : line)).join('\n') + end;
    const folder = testFolder();
    writeFileSync(join(folder, 'rule.yaml'), before);
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: folder, input: unifiedDiff('rule.yaml', before, after) });
    git('init', '-q');
    git('apply', '-');
    expect(readFileSync(join(folder, 'rule.yaml'), 'utf8')).toBe(after);
  });

  test('of nothing is empty', () => {
    expect(unifiedDiff('a', 'x\n', 'x\n')).toBe('');
  });
});
