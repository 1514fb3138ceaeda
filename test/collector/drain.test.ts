/** What the journal holds reaches the engine: in order, once, and one bad segment stops nobody. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { Drain } from '../../collector/drain.ts';
import type { Journal } from '../../collector/journal/journal.ts';
import type { Segment } from '../../store/engine.ts';
import { Disk } from '../helpers/disk.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Logged, recordingLog } from '../helpers/log.ts';
import { named, namesIn, openJournal, SIGNAL } from './journal.ts';

const passing = new Problem('store_down', 'the engine is away', { retryable: true });
const lasting = new Problem('query_failed', 'the engine does not understand', { retryable: false });

/** Answers in turn what the plan says, then rightly. A number is added to the right count. */
class PlannedEngine {
  readonly tokens: string[] = [];
  readonly stored: string[] = [];
  readonly #plans: Map<string, (number | Problem | Promise<number>)[]>;
  readonly #disk: Disk;

  constructor(disk: Disk, plans: Record<string, (number | Problem | Promise<number>)[]> = {}) {
    this.#disk = disk;
    this.#plans = new Map(Object.entries(plans));
  }

  async insertSegment(segment: Segment): Promise<number> {
    const names = namesIn(this.#disk.content(segment.path.replace('/journal/', '')));
    this.tokens.push(segment.token);
    const next = this.#plans.get(names[0]!)?.shift();
    if (next instanceof Problem) throw next;
    if (next instanceof Promise) return next;
    if (next !== undefined && next !== 0) return names.length + next;
    this.stored.push(...names);
    return names.length;
  }
}

interface Fixture {
  disk: Disk;
  journal: Journal;
  engine: PlannedEngine;
  drain: Drain;
  log: Logged[];
}

async function start(
  names: string[],
  plans: ConstructorParameters<typeof PlannedEngine>[1] = {},
): Promise<Fixture> {
  const disk = new Disk();
  const { journal } = await openJournal(disk, { segmentMemory: 27, now: Date.now });
  const engine = new PlannedEngine(disk, plans);
  for (const name of names) await journal.append(SIGNAL, named(name), 1);
  const log = recordingLog();
  const drain = new Drain({ journal, engine, signal: SIGNAL, maxAgeMs: 20, now: Date.now, log });
  drain.start();
  return { disk, journal, engine, drain, log: log.lines };
}

const emptied = ({ journal }: Fixture) => eventually('the journal is empty', () => journal.bytes === 0);

describe.concurrent('the drain', () => {
  test('stores the segments in their order and leaves nothing behind', async () => {
    const it = await start(['a', 'b', 'c', 'd']);
    await emptied(it);
    expect(it.engine.stored).toEqual(['a', 'b', 'c', 'd']);
    expect(it.disk.names()).toEqual([]);
    await it.drain.stop(1_000);
  });

  test('does not wait out a pause when the engine is said to be back', async () => {
    const it = await start(['a'], { a: Array(12).fill(passing) });
    // Its pauses add up to over 30 s, which is longer than this test may take.
    const waking = setInterval(() => it.drain.wake(), 5);
    onTestFinished(() => clearInterval(waking));
    await emptied(it);
    expect(it.engine.tokens).toHaveLength(13);
    await it.drain.stop(1_000);
  });

  test('tries again under the same token while a failure can pass, however often', async () => {
    const it = await start(['a', 'b'], { a: Array(5).fill(passing) });
    await emptied(it);
    expect(it.engine.stored).toEqual(['a', 'b']);
    expect(new Set(it.engine.tokens.slice(0, 6)).size).toBe(1);
    expect(it.journal.setAsideCount).toBe(0);
    await it.drain.stop(1_000);
  });

  test.each([
    ['too few', -1],
    ['too many', 1],
    ['none', -1e9],
  ])('believes only the right count: %s is tried again', async (_, off) => {
    const it = await start(['a', 'b'], { a: [off, off] });
    await emptied(it);
    expect(it.engine.stored).toEqual(['a', 'b']);
    expect(new Set(it.engine.tokens.slice(0, 3)).size).toBe(1);
    await it.drain.stop(1_000);
  });

  test.each([
    ['a failure that stays', lasting],
    ['a count that stays wrong', 1],
  ])('sets a segment aside after %s, says so, and goes on with the next', async (_, failure) => {
    const it = await start(['a', 'bad', 'c'], { bad: Array(100).fill(failure) });
    await emptied(it);
    expect(it.engine.stored).toEqual(['a', 'c']);
    expect(it.journal.setAsideCount).toBe(1);
    expect(it.disk.asideNames()).toHaveLength(1);
    expect(it.log.filter((line) => line.level === 'error')).toMatchObject([{ details: { items: 1 } }]);
    await it.drain.stop(1_000);
  });

  test('seals what still grows once it is old enough', async () => {
    const it = await start([]);
    await it.journal.append(SIGNAL, named('x', 5), 1);
    await emptied(it);
    expect(it.engine.stored).toEqual(['x']);
    await it.drain.stop(1_000);
  });

  test('outlives a disk that cannot move a segment aside', async () => {
    const it = await start(['bad', 'b'], { bad: Array(5).fill(lasting) });
    let failures = 0;
    it.disk.before = ({ operation }) => {
      if (operation === 'setAside' && failures++ < 1) throw new Error('EIO');
    };
    await emptied(it);
    expect(failures).toBeGreaterThan(0);
    expect(it.engine.stored).toContain('b');
    await it.drain.stop(1_000);
  });
});

describe.concurrent('stop', () => {
  test('stores first what is sealed', async () => {
    const it = await start(['a', 'b', 'c']);
    await it.journal.close();
    await it.drain.stop(5_000);
    expect(it.engine.stored).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['fails', Array(1_000).fill(passing)],
    ['does not answer', [new Promise<number>(() => {})]],
  ])(
    'does not wait longer than it may for an engine that %s; the rest stays in the journal',
    async (_, plan) => {
      const it = await start(['a', 'b'], { a: plan });
      await eventually('the first try', () => it.engine.tokens.length > 0);
      const outcome = await Promise.race([
        it.drain.stop(200).then(() => 'stopped'),
        new Promise((resolve) => setTimeout(resolve, 10_000, 'still waiting')),
      ]);
      expect(outcome).toBe('stopped');
      expect(it.disk.names()).toHaveLength(2);
      expect(it.journal.setAsideCount).toBe(0);
    },
  );
});
