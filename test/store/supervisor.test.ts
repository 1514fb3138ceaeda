/** Whatever happens to the engine's process, it answers again, and no process stays behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startEmbedded } from '../../store/embedded/supervisor.ts';
import { startTestEngine, writeSegment } from '../helpers/engine.ts';
import { eventually, isAlive } from '../helpers/eventually.ts';
import { testFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';
import { plainRequest } from '../helpers/otlp.ts';

/** The real ones are 1 s and 8 s. */
const HEARTBEAT = { everyMs: 100, deadAfterMs: 2_000 };
const COUNT = 'SELECT count() AS n FROM otel_traces';

describe('the engine', () => {
  let it: Awaited<ReturnType<typeof startTestEngine>>;
  let stored = 0;
  beforeAll(async () => {
    it = await startTestEngine({ heartbeat: HEARTBEAT });
  });
  afterAll(() => it?.stop());

  test.each(['SIGKILL', 'SIGSEGV', 'SIGSTOP'] as const)(
    'answers again after %s, with what was stored',
    async (signal) => {
      const segment = writeSegment(it.folder, [plainRequest(5)]);
      stored += await it.engine.insertSegment(segment);
      const pid = it.engine.pid()!;
      const restarts = it.engine.restarts();
      process.kill(pid, signal);
      await eventually(`a new process after ${signal}`, () => it.engine.restarts() > restarts);
      await eventually('an answer', () => it.engine.ping(1_000));
      expect(it.engine.pid()).not.toBe(pid);
      expect(isAlive(pid), 'the old process').toBe(false);
      expect(await it.engine.query(COUNT)).toEqual([{ n: stored }]);
      expect(await it.engine.insertSegment(segment), 'the same segment again').toBe(5);
      expect(await it.engine.query(COUNT), 'is not stored twice').toEqual([{ n: stored }]);
    },
  );

  test('asked while it is gone says store_down, and that a retry can help', async () => {
    const restarts = it.engine.restarts();
    process.kill(it.engine.pid()!, 'SIGKILL');
    await expect(it.engine.query('SELECT sleep(3)')).rejects.toMatchObject({
      code: 'store_down',
      retryable: true,
    });
    await eventually('a new process', () => it.engine.restarts() > restarts);
  });

  test('refuses a second one on its folder', async () => {
    const second = startEmbedded({
      folder: join(it.folder, 'engine'),
      memoryBytes: 2 ** 30,
      log: recordingLog(),
    });
    await expect(second).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.stringContaining('Another process uses its folder'),
    });
    expect(await it.engine.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

test('close() leaves no process', async () => {
  const it = await startTestEngine({ schema: false, heartbeat: HEARTBEAT });
  const pid = it.engine.pid()!;
  await it.stop();
  expect(isAlive(pid)).toBe(false);
  expect(it.engine.restarts()).toBe(0);
});

test('close() while the engine hangs leaves no process either', async () => {
  const it = await startTestEngine({ schema: false, heartbeat: { everyMs: 60_000, deadAfterMs: 60_000 } });
  const pid = it.engine.pid()!;
  process.kill(pid, 'SIGSTOP');
  await it.stop();
  expect(isAlive(pid)).toBe(false);
});

/** A supervisor in a process of its own, as the product is one; gives its process and its engine's id. */
async function startInParent(folder: string): Promise<{ parent: ChildProcess; engine: number }> {
  const supervisor = new URL('../../store/embedded/supervisor.ts', import.meta.url).href;
  const script = `
    import { startEmbedded } from ${JSON.stringify(supervisor)};
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const engine = await startEmbedded({ folder: ${JSON.stringify(folder)}, memoryBytes: 2 ** 30, log });
    process.stdout.write(String(engine.pid()));
    setInterval(() => {}, 1_000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [said] = (await once(parent.stdout!, 'data')) as [Buffer];
  return { parent, engine: Number(said.toString()) };
}

test('the engine dies with its parent', async () => {
  const { parent, engine } = await startInParent(testFolder());
  expect(isAlive(engine)).toBe(true);
  parent.kill('SIGKILL');
  await eventually('the engine is gone', () => !isAlive(engine));
});

test('an engine that hangs when its parent is killed does not keep the next start from its folder', async () => {
  const folder = testFolder();
  const { parent, engine } = await startInParent(folder);
  process.kill(engine, 'SIGSTOP');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const next = await startEmbedded({ folder, memoryBytes: 2 ** 30, log: recordingLog() });
  onTestFinished(() => next.close());
  expect(isAlive(engine)).toBe(false);
  expect(await next.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a folder whose path is too long for a socket is refused with a sentence', async () => {
  const folder = join(testFolder(), 'x'.repeat(100));
  await expect(startEmbedded({ folder, memoryBytes: 2 ** 30, log: recordingLog() })).rejects.toMatchObject({
    code: 'path_too_long',
    message: expect.stringContaining('Choose a shorter one'),
  });
});
