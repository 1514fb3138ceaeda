/** The power goes at any step of the journal: nothing acknowledged is lost, nothing is handed on twice or by halves. */
import { describe, expect, test } from 'vitest';
import { frame } from '../../collector/journal/frame.ts';
import type { Journal } from '../../collector/journal/journal.ts';
import { AFTERMATHS, type Aftermath, Disk } from '../helpers/disk.ts';
import { named, namesIn, openJournal, SIGNAL, TokenStore } from './journal.ts';

interface Life {
  sent: string[];
  acknowledged: string[];
  engine: TokenStore;
}

/** A short busy life: requests alone and together, segments that fill up or are sealed, an engine that takes some. */
async function live(disk: Disk, life: Life): Promise<void> {
  const { journal } = await openJournal(disk, { segmentMemory: 100 });
  const append = async (name: string, bytes?: number) => {
    life.sent.push(name);
    await journal.append(SIGNAL, named(name, bytes), 1);
    life.acknowledged.push(name);
  };
  await append('a');
  await Promise.all([append('b'), append('c', 40), append('d')]);
  await drainOne(journal, disk, life.engine);
  await Promise.all([append('e', 90), append('f'), journal.seal(SIGNAL)]);
  await drainOne(journal, disk, life.engine);
  await append('g');
  await journal.close();
}

async function drainOne(journal: Journal, disk: Disk, engine: TokenStore, context = 'alive'): Promise<void> {
  const segment = journal.oldest(SIGNAL);
  if (segment === undefined) return;
  engine.take(segment, disk.content(segment.name), context);
  await journal.remove(segment);
}

/** Opens what is left; the engine takes everything. Removing is optional: the power may go before. */
async function recover(disk: Disk, engine: TokenStore, context: string, remove: boolean): Promise<void> {
  const { journal } = await openJournal(disk);
  for (let segment = journal.oldest(SIGNAL); segment; segment = journal.oldest(SIGNAL)) {
    engine.take(segment, disk.content(segment.name), context);
    if (remove) await journal.remove(segment);
    else await journal.setAside(segment);
  }
  expect(journal.bytes, context).toBe(0);
}

function check({ sent, acknowledged, engine }: Life, context: string): void {
  const { names } = engine;
  expect(
    names.filter((name) => !sent.includes(name)),
    `never sent, ${context}`,
  ).toEqual([]);
  expect(new Set(names).size, `stored twice: ${names}, ${context}`).toBe(names.length);
  expect(
    acknowledged.filter((name) => !names.includes(name)),
    `acknowledged and lost, ${context}`,
  ).toEqual([]);
}

async function stepsOfALife(): Promise<number> {
  const disk = new Disk();
  await live(disk, { sent: [], acknowledged: [], engine: new TokenStore() });
  return disk.steps.length;
}

async function liveUntil(cutAt: number): Promise<{ disk: Disk; life: Life }> {
  const disk = new Disk();
  disk.cutAt = cutAt;
  const life: Life = { sent: [], acknowledged: [], engine: new TokenStore() };
  await Promise.race([live(disk, life), disk.dead]);
  return { disk, life };
}

describe.each(AFTERMATHS)('of what was not synced is left: %s', (aftermath: Aftermath) => {
  test('at every step nothing acknowledged is lost, nothing is handed on twice', async () => {
    const steps = await stepsOfALife();
    expect(steps).toBeGreaterThan(15);
    for (let cutAt = 0; cutAt <= steps; cutAt++) {
      const { disk, life } = await liveUntil(cutAt);
      const context = `cut at step ${cutAt}, ${disk.steps.at(-1)?.operation}`;
      await recover(disk.after(aftermath), life.engine, context, true);
      check(life, context);
    }
  });

  test('and the power goes again after the engine has taken it: each token still means the same', async () => {
    const steps = await stepsOfALife();
    for (let cutAt = 0; cutAt <= steps; cutAt++) {
      const { disk, life } = await liveUntil(cutAt);
      const context = `cut at step ${cutAt}, then again`;
      const second = disk.after(aftermath);
      await recover(second, life.engine, context, false);
      await recover(second.after('nothing'), life.engine, context, true);
      check(life, context);
    }
  });

  test('and the power goes again at any step of the recovery', async () => {
    const steps = await stepsOfALife();
    for (let cutAt = 0; cutAt <= steps; cutAt++) {
      for (let again = 0; again < 8; again++) {
        const { disk, life } = await liveUntil(cutAt);
        const context = `cut at step ${cutAt}, then at step ${again} of the recovery`;
        const second = disk.after(aftermath);
        second.cutAt = again;
        await Promise.race([recover(second, life.engine, context, true), second.dead]);
        await recover(second.after('half'), life.engine, context, true);
        check(life, context);
      }
    }
  });
});

describe('a segment that the disk has changed', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e'];
  const FILE = 'traces-000000000007-0123456789abcdef.seg';
  const frames = NAMES.map((name) => Buffer.concat(frame(named(name))));
  const whole = Buffer.concat(frames);
  const startOf = (i: number) => frames.slice(0, i).reduce((sum, one) => sum + one.length, 0);

  async function recovered(content: Buffer) {
    const disk = new Disk();
    disk.overwrite(FILE, content);
    const { journal, log } = await openJournal(disk);
    await journal.close();
    const names: string[] = [];
    for (let segment = journal.oldest(SIGNAL); segment; segment = journal.oldest(SIGNAL)) {
      names.push(...namesIn(disk.content(segment.name)));
      await journal.remove(segment);
    }
    return { names, disk, log, journal };
  }

  test('at its end is cut there and keeps its token', async () => {
    for (let bytes = startOf(4); bytes < whole.length; bytes++) {
      const disk = new Disk();
      disk.overwrite(FILE, whole.subarray(0, bytes));
      const { journal, log } = await openJournal(disk);
      expect(journal.oldest(SIGNAL)).toMatchObject({
        token: FILE.replace('.seg', ''),
        items: 4,
        bytes: startOf(4),
      });
      expect(disk.content(FILE)).toEqual(whole.subarray(0, startOf(4)));
      expect(disk.asideNames()).toEqual([]);
      expect(log.length, `${bytes} bytes`).toBe(bytes === startOf(4) ? 0 : 1);
    }
  });

  test.each([
    ['a byte of a request', startOf(1) + 8],
    ['a checksum', startOf(2) - 1],
    ['the tag of a checksum', startOf(2) - 6],
    ['the length of a request', startOf(1)],
  ])('in the middle (%s) is set aside, and its whole requests are kept', async (_, at) => {
    for (const flip of [0x01, 0x10, 0x80, 0xff]) {
      const content = Buffer.from(whole);
      content[at]! ^= flip;
      const { names, disk, log, journal } = await recovered(content);
      expect(names, `^ ${flip}`).toEqual(['a', 'c', 'd', 'e']);
      expect(disk.asideNames(), `^ ${flip}`).toEqual([FILE]);
      expect(journal.setAsideCount).toBe(1);
      expect(log.filter((line) => line.level === 'error')).toHaveLength(1);
    }
  });

  test('in a stretch of zeros is set aside, and its whole requests are kept', async () => {
    const content = Buffer.from(whole);
    content.fill(0, startOf(1) + 3, startOf(3) + 5);
    expect((await recovered(content)).names).toEqual(['a', 'e']);
  });

  test('altogether holds nothing that could be stored, and stops nobody', async () => {
    const { names, journal } = await recovered(Buffer.alloc(500, 0xff));
    expect(names).toEqual([]);
    await expect(journal.append(SIGNAL, named('x'), 1)).rejects.toMatchObject({ code: 'shutting_down' });
  });

  test('yields nothing that only looks like a request: a frame that a sender has put into an attribute', async () => {
    const hostile = Buffer.concat([named('outer '), ...frame(named('evil'))]);
    const torn = Buffer.concat(frame(hostile)).subarray(0, -3);
    const disk = new Disk();
    disk.overwrite(FILE, Buffer.concat([whole, torn]));
    const countItems = (request: Uint8Array) => {
      if (Buffer.from(request).includes('evil')) throw new Error('not a request');
      return 1;
    };
    const { journal } = await openJournal(disk, { countItems });
    expect(namesIn(disk.content(journal.oldest(SIGNAL)!.name))).toEqual(NAMES);
  });

  test('is recovered although the budget is used up', async () => {
    const disk = new Disk();
    const content = Buffer.from(whole);
    content[startOf(1) + 8]! ^= 1;
    disk.overwrite(FILE, content);
    const { journal } = await openJournal(disk, { budgetBytes: 50 });
    expect(journal.oldest(SIGNAL)).toMatchObject({ items: 4, token: FILE.replace('.seg', '') });
    expect(namesIn(disk.content(FILE))).toEqual(['a', 'c', 'd', 'e']);
  });

  test('leaves files alone that are not segments', async () => {
    const disk = new Disk();
    disk.overwrite('notes.txt', Buffer.from('mine'));
    disk.overwrite('traces-1-x.seg', Buffer.from('not ours either'));
    await openJournal(disk);
    expect(disk.names()).toEqual(['notes.txt', 'traces-1-x.seg']);
  });
});
