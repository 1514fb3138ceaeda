/** The loop on a clock and a source of the test's own: what it makes up for, what it leaves out, what it waits for. */
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../base/errors.ts';
import type { InstanceState, TickOutcome } from '../../../model/evaluation.ts';
import type { Rule } from '../../../model/rule.ts';
import type { Reading, SignalSource } from '../../../model/signal.ts';
import { loadRules } from '../../../rules/language/load.ts';
import { createRun, type RulesRun } from '../../../rules/run/run.ts';
import { recordingLog } from '../../helpers/log.ts';

const START = Date.parse('2026-01-15T09:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const RULE = `name: it
every: 30s
delay: 0s
summary: "{{ rule.name }}"
signals: { value: { metric: m, reduce: last, window: 1m } }
if: { signal: value, gt: 5, for: 2m }
`;
const rulesOf = (...texts: string[]): readonly Rule[] =>
  loadRules(texts.map((text, i) => ({ file: `${i}.yaml`, text }))).set.rules;

class World {
  now = START;
  steady = 0;
  rules = rulesOf(RULE);
  /** What the signal is at a time. */
  value: (t: number) => number = () => 9;
  isAway = false;
  /** How long a reading takes. */
  readingMs = 0;
  waitingSince: number | null = null;
  position: number | null = null;
  isReadOnly = false;
  readonly asked: number[] = [];
  readonly outcomes: TickOutcome[] = [];
  readonly written = new Map<string, InstanceState>();
  readonly log = recordingLog();
  readonly source: SignalSource = {
    read: async (signals, t) => {
      this.pass(this.readingMs);
      if (this.isAway) throw new Problem('store_down', 'it is away', { retryable: true });
      this.asked.push((t - START) / SECOND);
      const reading = (): Reading => ({
        ok: true,
        samples: [{ labels: {}, value: this.value(t), count: 1 }],
      });
      return new Map([...signals.keys()].map((name) => [name, reading()]));
    },
  };

  run: RulesRun = this.start();

  start(): RulesRun {
    this.run = createRun({
      rules: () => this.rules,
      source: this.source,
      states: [...this.written.values()].map((state) => structuredClone(state)),
      apply: (outcome) => {
        if (this.isReadOnly) throw new Error('disk full');
        this.outcomes.push(outcome);
        for (const state of outcome.states) this.written.set(`${state.rule}/${state.fingerprint}`, state);
        for (const { rule, fingerprint } of outcome.removed) this.written.delete(`${rule}/${fingerprint}`);
      },
      position: {
        read: () => this.position,
        write: (due) => {
          this.position = due;
        },
      },
      history: { write: () => {} },
      waitingSince: () => this.waitingSince,
      clock: { now: () => this.now },
      monotonic: () => this.steady,
      log: this.log,
    });
    return this.run;
  }

  pass(ms: number): void {
    this.now += ms;
    this.steady += ms;
  }

  /** Lets time pass, turn by turn, as the loop would. */
  async live(ms: number): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      const next = await this.run.turn();
      if (this.now < end) this.pass(Math.min(Math.max(next - this.now, 1), end - this.now));
    }
    for (let turns = 0; turns < 200 && (await this.run.turn()) <= this.now; turns++);
  }

  phases(): string[] {
    return this.outcomes.flatMap(({ transitions }) =>
      transitions.map(({ at, to }) => `${(at - START) / SECOND} ${to}`),
    );
  }
}

test('rules are evaluated on an absolute grid, whenever the process began', async () => {
  const world = new World();
  world.pass(7_300);
  world.start();
  await world.live(2 * MINUTE);
  expect(world.asked).toEqual([30, 60, 90, 120]);
});

test('a delay moves the moment, not the grid', async () => {
  const world = new World();
  world.rules = rulesOf(RULE.replace('delay: 0s', 'delay: 20s'));
  world.start();
  await world.live(40 * SECOND);
  expect(world.asked).toEqual([0]);
  expect(world.now - START).toBe(40 * SECOND);
});

describe('a restart', () => {
  test.each([20 * SECOND, 5 * MINUTE, 40 * MINUTE])(
    'for %d ms makes up for every missed tick',
    async (down) => {
      const world = new World();
      await world.live(MINUTE);
      world.pass(down);
      world.start();
      await world.live(10 * MINUTE);
      expect(world.asked).toEqual(Array.from({ length: world.asked.length }, (_, i) => 30 * (i + 1)));
      expect(world.phases()).toEqual(['30 pending', '150 firing']);
    },
  );

  test('for more than an hour makes up for the last one', async () => {
    const world = new World();
    await world.live(MINUTE);
    world.pass(3 * 60 * MINUTE);
    world.start();
    await world.live(MINUTE);
    expect(world.asked[2]! * SECOND).toBeGreaterThan(2 * 60 * MINUTE);
    expect(world.log.lines.map(({ message }) => message).join()).toContain('more than an hour');
  });

  test('while it fires neither ends nor repeats it', async () => {
    const world = new World();
    await world.live(4 * MINUTE);
    world.pass(MINUTE);
    world.start();
    await world.live(4 * MINUTE);
    expect(world.phases()).toEqual(['30 pending', '150 firing']);
  });
});

describe('a source that is away', () => {
  test('for a moment is waited for, and said to nobody', async () => {
    const world = new World();
    await world.live(MINUTE);
    world.isAway = true;
    await world.live(25 * SECOND);
    world.isAway = false;
    await world.live(3 * MINUTE);
    expect(world.outcomes.filter(({ sourceDown }) => sourceDown !== '')).toEqual([]);
    expect(world.phases()).toEqual(['30 pending', '150 firing']);
  });

  test('for ten minutes holds every state, is told, and is made up for', async () => {
    const world = new World();
    await world.live(MINUTE);
    world.isAway = true;
    await world.live(10 * MINUTE);
    expect(world.outcomes.at(-1)!.sourceDown).toContain('away');
    expect(world.run.status().detail).toContain('away');
    expect(world.phases()).toEqual(['30 pending']);
    world.isAway = false;
    await world.live(MINUTE);
    expect(world.outcomes.at(-1)!.sourceDown).toBe('');
    expect(world.asked).toEqual(Array.from({ length: world.asked.length }, (_, i) => 30 * (i + 1)));
    expect(world.phases()).toEqual(['30 pending', '150 firing']);
  });

  test('data that is still on its way is waited for, and told when it takes long', async () => {
    const world = new World();
    await world.live(30 * SECOND);
    world.waitingSince = world.now + 5 * SECOND;
    await world.live(45 * SECOND);
    expect(world.asked).toEqual([30]);
    await world.live(30 * SECOND);
    expect(world.outcomes.at(-1)!.sourceDown).toContain('not stored yet');
    world.waitingSince = null;
    await world.live(SECOND);
    expect(world.asked).toEqual([30, 60, 90]);
    expect(world.outcomes.at(-1)!.sourceDown).toBe('');
  });
});

test('evaluation slower than its interval leaves ticks out, the newest never, and says so', async () => {
  const world = new World();
  world.readingMs = 100 * SECOND;
  await world.live(20 * MINUTE);
  const gaps = world.asked.slice(1).map((t, i) => t - world.asked[i]!);
  expect(Math.max(...gaps)).toBeGreaterThan(30);
  expect(world.run.status().skipped).toBeGreaterThan(0);
  expect((world.now - START) / SECOND - world.asked.at(-1)!).toBeLessThan(300);
  expect(world.log.lines.map(({ message }) => message).join()).toContain('longer than their interval');
});

test.each([60 * MINUTE, -60 * MINUTE])(
  'a clock that is set by %d ms makes no storm and forgets no `for`',
  async (jump) => {
    const world = new World();
    await world.live(MINUTE + 10 * SECOND);
    world.now += jump;
    await world.live(3 * MINUTE);
    expect(world.outcomes.flatMap(({ transitions }) => transitions.map(({ to }) => to))).toEqual([
      'pending',
      'firing',
    ]);
    expect(world.asked.length).toBeLessThan(10);
    expect(world.log.lines.map(({ message }) => message).join()).toContain('jumped');
  },
);

test('a tick that cannot be written is written later, in order, and nothing is lost', async () => {
  const world = new World();
  await world.live(MINUTE);
  world.isReadOnly = true;
  await world.live(3 * MINUTE);
  world.isReadOnly = false;
  await world.live(MINUTE);
  const ticks = world.outcomes.map(({ t }) => (t - START) / SECOND);
  expect(ticks).toEqual([...ticks].sort((a, b) => a - b));
  expect(world.phases()).toEqual(['30 pending', '150 firing']);
});

test('a rule that is deleted while it fires ends, with the reason', async () => {
  const world = new World();
  await world.live(4 * MINUTE);
  world.rules = [];
  await world.live(MINUTE);
  expect(world.outcomes.flatMap(({ transitions }) => transitions).at(-1)).toMatchObject({
    to: 'inactive',
    reason: 'deleted',
  });
  expect(world.written.size).toBe(0);
});

test('a rule that is renamed while it fires goes on firing', async () => {
  const world = new World();
  await world.live(4 * MINUTE);
  world.rules = rulesOf(RULE.replace('name: it', 'name: other\npreviously: [it]'));
  await world.live(MINUTE);
  expect(world.phases()).toEqual(['30 pending', '150 firing']);
  expect([...world.written.values()].map(({ rule, phase }) => [rule, phase])).toEqual([['other', 'firing']]);
});

test('a rule is evaluated after those it looks at', async () => {
  const world = new World();
  const follower = `name: a-follower
every: 30s
delay: 0s
summary: follows
signals: { value: { metric: m, reduce: last, window: 1m } }
if: { rule: it, state: firing }
`;
  world.rules = rulesOf(follower, RULE);
  world.start();
  await world.live(3 * MINUTE);
  expect(
    world.outcomes.flatMap(({ transitions }) =>
      transitions.map(({ rule, at }) => `${rule} ${(at - START) / SECOND}`),
    ),
  ).toEqual(['it 30', 'it 150', 'a-follower 150']);
});
