/** Nothing is acknowledged that is not on the disk, and what a disk does wrong is told, not passed on. */
import { describe, expect, test } from 'vitest';
import { Disk, type Operation } from '../helpers/disk.ts';
import { named, namesIn, openJournal, SIGNAL, takeAll } from './journal.ts';

const failure = (code: string) => Object.assign(new Error(`${code}: the disk says no`), { code });

/** A disk on which this operation fails from its `nth` time on, `times` times. */
function failingDisk(operation: Operation, times = 1, nth = 1, code = 'EIO'): Disk {
  const disk = new Disk();
  let seen = 0;
  disk.before = (step) => {
    if (step.operation !== operation) return;
    seen += 1;
    if (seen >= nth && seen < nth + times) throw failure(code);
  };
  return disk;
}

const outcomes = async (appends: Promise<void>[]) =>
  (await Promise.allSettled(appends)).map((one) => (one.status === 'fulfilled' ? 'ok' : one.reason));
const REFUSED = { code: 'journal_failed', retryable: true };

describe('an acknowledgement', () => {
  test('comes after the write and the fdatasync behind it, for every request', async () => {
    const disk = new Disk();
    const { journal } = await openJournal(disk, { segmentMemory: 200 });
    const order: string[] = [];
    disk.before = ({ operation }) => void order.push(operation);
    for (let i = 0; i < 20; i++) {
      await journal.append(SIGNAL, named(`request ${i}`), 1);
      order.push('answer');
    }
    const answers = order.join(' ').split('answer');
    expect(answers).toHaveLength(21);
    for (const before of answers.slice(0, -1))
      expect(before.trim()).toMatch(/(?:^|close create |^create )append sync$/);
  });

  test('is shared: requests that wait together cost one fdatasync', async () => {
    const disk = new Disk();
    const { journal } = await openJournal(disk);
    const first = journal.append(SIGNAL, named('alone'), 1);
    await first;
    const syncs = () => disk.steps.filter((step) => step.operation === 'sync').length;
    expect(syncs()).toBe(1);
    await Promise.all(Array.from({ length: 100 }, (_, i) => journal.append(SIGNAL, named(`${i}`), 1)));
    expect(syncs()).toBe(2);
  });

  test('is not held up for company: a lone request is answered by its own fdatasync', async () => {
    const disk = new Disk();
    const { journal } = await openJournal(disk);
    await journal.append(SIGNAL, named('lone'), 1);
    expect(disk.steps.map((step) => step.operation)).toEqual(['create', 'append', 'sync']);
  });
});

describe('a disk that fails', () => {
  test.each<[Operation, string]>([
    ['create', 'ENOSPC'],
    ['append', 'ENOSPC'],
    ['append', 'EIO'],
    ['sync', 'EIO'],
  ])('at %s with %s acknowledges nothing, and the next request is stored', async (operation, code) => {
    const disk = failingDisk(operation, 1, 1, code);
    const { journal } = await openJournal(disk);
    const answers = await outcomes(['a', 'b', 'c'].map((name) => journal.append(SIGNAL, named(name), 1)));
    for (const answer of answers) expect(answer).toMatchObject(REFUSED);
    expect(answers[0].message).toContain(code);
    await journal.append(SIGNAL, named('d'), 1);
    await journal.close();
    const stored: string[] = [];
    for await (const segment of takeAll(journal)) stored.push(...namesIn(disk.content(segment.name)));
    expect(stored).toEqual(['d']);
  });

  test('at fdatasync gets nothing written behind the torn place', async () => {
    const disk = failingDisk('sync', 1, 3);
    const { journal } = await openJournal(disk);
    for (const name of ['a', 'b']) await journal.append(SIGNAL, named(name), 1);
    expect(await outcomes([journal.append(SIGNAL, named('torn'), 1)])).toMatchObject([REFUSED]);
    await journal.append(SIGNAL, named('next'), 1);
    const appends = disk.steps.filter((step) => step.operation === 'append').map((step) => step.name);
    expect(new Set(appends.slice(0, 3)).size, 'the first three are one file').toBe(1);
    expect(appends[3], 'the next goes to a new one').not.toBe(appends[0]);
    expect(namesIn(disk.content(appends[0]!)), 'the torn one was cut').toEqual(['a', 'b']);
    expect(namesIn(disk.content(appends[3]!))).toEqual(['next']);
  });

  test('for long refuses all that time, and goes on when it is well', async () => {
    const disk = new Disk();
    let broken = false;
    disk.before = ({ operation }) => {
      if (broken && operation !== 'close') throw failure('EIO');
    };
    const { journal } = await openJournal(disk);
    await journal.append(SIGNAL, named('before'), 1);
    broken = true;
    for (let i = 0; i < 5; i++)
      expect(await outcomes([journal.append(SIGNAL, named(`lost ${i}`), 1)])).toMatchObject([REFUSED]);
    await expect(journal.seal(SIGNAL)).rejects.toThrow('EIO');
    expect(await outcomes([journal.append(SIGNAL, named('lost again'), 1)])).toMatchObject([REFUSED]);
    broken = false;
    await journal.append(SIGNAL, named('after'), 1);
    await journal.close();
    const stored: string[] = [];
    for await (const segment of takeAll(journal)) stored.push(...namesIn(disk.content(segment.name)));
    expect(stored).toEqual(['before', 'after']);
  });

  test('while a full segment is ended still has it handed on', async () => {
    const disk = failingDisk('close');
    const { journal } = await openJournal(disk, { segmentMemory: 27 });
    await journal.append(SIGNAL, named('a'), 1);
    await journal.append(SIGNAL, named('b'), 1);
    await journal.close();
    const stored: string[] = [];
    for await (const segment of takeAll(journal)) stored.push(...namesIn(disk.content(segment.name)));
    expect(stored).toEqual(['a', 'b']);
  });

  test('takes nothing from the budget for good', async () => {
    const disk = failingDisk('append', 50);
    const { journal } = await openJournal(disk, { budgetBytes: 1_000 });
    for (let i = 0; i < 50; i++) await outcomes([journal.append(SIGNAL, named('x', 400), 1)]);
    expect(journal.bytes).toBe(0);
    await journal.append(SIGNAL, named('fits', 400), 1);
  });
});

describe('the budget', () => {
  test('is kept: what is over it is refused and can be sent again when there is room', async () => {
    const disk = new Disk();
    const { journal } = await openJournal(disk, { budgetBytes: 300, segmentMemory: 100 });
    const answers = await outcomes(
      Array.from({ length: 10 }, (_, i) => journal.append(SIGNAL, named(`${i}`, 90), 1)),
    );
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(3);
    expect(answers[9]).toMatchObject({
      code: 'journal_full',
      retryable: true,
      message: expect.stringContaining('300 B'),
    });
    const held = disk.names().reduce((sum, name) => sum + disk.content(name).length, 0);
    expect(held).toBe(journal.bytes);
    expect(held).toBeLessThanOrEqual(300);
    await journal.seal(SIGNAL);
    await journal.remove(journal.oldest(SIGNAL)!);
    await journal.append(SIGNAL, named('room again', 90), 1);
  });

  test('counts what an earlier run left', async () => {
    const disk = new Disk();
    const before = await openJournal(disk);
    await before.journal.append(SIGNAL, named('old', 200), 1);
    const { journal } = await openJournal(disk.after('nothing'), { budgetBytes: 300 });
    expect(journal.bytes).toBe(before.journal.bytes);
    expect(await outcomes([journal.append(SIGNAL, named('new', 200), 1)])).toMatchObject([
      { code: 'journal_full' },
    ]);
  });
});

describe('segments', () => {
  test('are numbered and named once and never again, over many starts', async () => {
    let disk = new Disk();
    const names: string[] = [];
    for (let start = 0; start < 5; start++) {
      const { journal } = await openJournal(disk, { segmentMemory: 27 });
      for (let i = 0; i < 3; i++) await journal.append(SIGNAL, named(`${start} ${i}`), 1);
      names.push(...disk.steps.filter((step) => step.operation === 'create').map((step) => step.name));
      // Everything drained in every other run: then nothing on the disk tells the number.
      if (start % 2 === 1) for await (const _ of takeAll(journal));
      await journal.close();
      disk = disk.after(start % 2 === 1 ? 'all' : 'nothing');
    }
    expect(names).toHaveLength(15);
    expect(new Set(names).size).toBe(15);
  });

  test('are handed on in the order of arrival', async () => {
    const disk = new Disk();
    const { journal } = await openJournal(disk, { segmentMemory: 60 });
    const sent = Array.from({ length: 12 }, (_, i) => `request ${i}`);
    await Promise.all(sent.map((name) => journal.append(SIGNAL, named(name), 1)));
    await journal.close();
    const restarted = await openJournal(disk.after('nothing'));
    for (const one of [restarted.journal, journal]) {
      const stored: string[] = [];
      for (let segment = one.oldest(SIGNAL); segment; segment = one.oldest(SIGNAL)) {
        stored.push(...namesIn(disk.content(segment.name)));
        await one.setAside(segment);
        if (one === restarted.journal) continue;
      }
      expect(stored).toEqual(sent);
    }
  });

  test('are sealed in the middle of appends without losing or doubling one', async () => {
    const disk = new Disk();
    const { journal } = await openJournal(disk, { segmentMemory: 500 });
    const sent = Array.from({ length: 200 }, (_, i) => `request ${i}`);
    const work: Promise<void>[] = [];
    for (const [i, name] of sent.entries()) {
      work.push(journal.append(SIGNAL, named(name), 1));
      if (i % 7 === 0) work.push(journal.seal(SIGNAL));
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(work);
    await journal.close();
    const stored: string[] = [];
    for await (const segment of takeAll(journal)) {
      expect(segment.bytes).toBe(disk.content(segment.name).length);
      stored.push(...namesIn(disk.content(segment.name)));
    }
    expect(stored).toEqual(sent);
    expect(journal.bytes).toBe(0);
    expect(disk.names()).toEqual([]);
  });

  test('tell how long their first request has waited', async () => {
    let now = 5_000;
    const { journal } = await openJournal(new Disk(), { now: () => now });
    expect(journal.waitingSince).toBeNull();
    await journal.append(SIGNAL, named('a'), 1);
    now = 9_000;
    await journal.append(SIGNAL, named('b'), 1);
    expect(journal.waitingSince).toBe(5_000);
    await journal.seal(SIGNAL);
    expect(journal.oldest(SIGNAL)).toMatchObject({ since: 5_000, items: 2 });
  });
});

test('close finishes what is under way, seals, and refuses what comes later', async () => {
  const disk = new Disk();
  const { journal } = await openJournal(disk);
  const underWay = journal.append(SIGNAL, named('under way'), 1);
  const closing = journal.close();
  expect(await outcomes([journal.append(SIGNAL, named('late'), 1)])).toMatchObject([
    { code: 'shutting_down', retryable: true },
  ]);
  await Promise.all([underWay, closing]);
  expect(journal.growing(SIGNAL)).toBeUndefined();
  expect(namesIn(disk.content(journal.oldest(SIGNAL)!.name))).toEqual(['under way']);
});
