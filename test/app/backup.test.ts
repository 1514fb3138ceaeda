/** A backup of the real product, at work and at rest: what was acknowledged before it is there once, and damage is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restore } from '../../app/backup/restore.ts';
import { readConfig } from '../../app/config.ts';
import { takeDataFolder } from '../../app/data-folder.ts';
import { engineOfRunningProduct } from '../../app/running.ts';
import type { Config } from '../../app/settings.ts';
import { openState } from '../../store/state/open.ts';
import { eventually } from '../helpers/eventually.ts';
import { makeFolder, testFolder } from '../helpers/folder.ts';
import { ANYWHERE, address, type Run, ready, run } from './run.ts';

const MAIN = fileURLToPath(new URL('../../app/backup/main.ts', import.meta.url));
const QUIET = ['--self-telemetry', 'off', '--default-rules', 'off', '--synthetics-folder', ''];
const RULE = `name: any-span
signals: { spans: { spans: count, window: 5m } }
every: 5s
delay: 0s
if: { signal: spans, gt: 0 }
`;
const PICTURE = 'a picture';
const PICTURE_HASH = createHash('sha256').update(PICTURE).digest('hex');
const ARTIFACT = join('artifacts', PICTURE_HASH.slice(0, 2), `${PICTURE_HASH}.txt`);

const { path: root, remove } = makeFolder();
const running: ChildProcess[] = [];
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  remove();
});

function start(cwd: string): Run {
  const product = run(cwd, [...ANYWHERE, ...QUIET]);
  running.push(product.child);
  return product;
}

async function command(name: 'backup' | 'restore', cwd: string, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, name, ...args], { cwd, env: { PATH: process.env.PATH } });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code, said };
}

const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }];
const nanos = () => String(BigInt(Date.now()) * 1_000_000n);

/** A span, a record and a point of this name, each acknowledged when it resolves. */
async function send(otlp: string, name: string): Promise<void> {
  const time = nanos();
  const resource = { attributes };
  const id = createHash('sha256').update(name).digest('hex');
  const span = { traceId: id.slice(0, 32), spanId: id.slice(0, 16), name, kind: 2 };
  const bodies = {
    traces: {
      resourceSpans: [
        { resource, scopeSpans: [{ spans: [{ ...span, startTimeUnixNano: time, endTimeUnixNano: time }] }] },
      ],
    },
    logs: {
      resourceLogs: [
        { resource, scopeLogs: [{ logRecords: [{ timeUnixNano: time, body: { stringValue: name } }] }] },
      ],
    },
    metrics: {
      resourceMetrics: [
        {
          resource,
          scopeMetrics: [
            { metrics: [{ name, gauge: { dataPoints: [{ timeUnixNano: time, asInt: '1' }] } }] },
          ],
        },
      ],
    },
  };
  for (const [signal, body] of Object.entries(bodies)) {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${otlp}/v1/${signal}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  }
}

/** How often each name is in the store, by table. */
async function stored(cwd: string) {
  const engine = (await engineOfRunningProduct(join(cwd, 'data')))!;
  const counts = async (table: string, column: string) => {
    const rows = await engine.query<{ name: string; n: number }>(
      `SELECT ${column} AS name, count() AS n FROM ${table} GROUP BY name`,
    );
    return new Map(rows.map(({ name, n }) => [name, n]));
  };
  try {
    const [{ spans } = { spans: 0 }] = await engine.query<{ spans: number }>(
      'SELECT sum(Spans) AS spans FROM span_red_5s',
    );
    return {
      traces: await counts('otel_traces', 'SpanName'),
      logs: await counts('otel_logs', 'Body'),
      metrics: await counts('otel_metrics_gauge', 'MetricName'),
      rollup: spans,
    };
  } finally {
    await engine.close();
  }
}

const once1 = (names: readonly string[]) => new Map(names.map((name) => [name, 1]));
const only = (counts: Map<string, number>, names: readonly string[]) =>
  new Map(names.map((name) => [name, counts.get(name) ?? 0]));
const segments = (cwd: string) =>
  readdirSync(join(cwd, 'data', 'journal')).filter((name) => name.endsWith('.seg'));

async function openIncidents(dashboard: string): Promise<number[]> {
  const view = (await (await fetch(`${dashboard}/api/incidents`)).json()) as {
    incidents: { number: number }[];
  };
  return view.incidents.map(({ number }) => number);
}

function home(name: string): string {
  const cwd = join(root, name);
  mkdirSync(join(cwd, 'rules'), { recursive: true });
  writeFileSync(join(cwd, 'rules', 'any.yaml'), RULE);
  return cwd;
}

const first = home('first');
const atWork = join(root, 'at-work');
const before: string[] = [];
let product: Run;
let otlp: string;
let dashboard: string;
let incidents: number[];

beforeAll(async () => {
  product = start(first);
  otlp = await ready(product);
  dashboard = await address(product, 'Dashboard');
  for (let i = 0; i < 5; i++) {
    before.push(`before-${i}`);
    await send(otlp, `before-${i}`);
  }
  incidents = await eventually(
    'an incident',
    async () => {
      const numbers = await openIncidents(dashboard);
      return numbers.length > 0 && numbers;
    },
    60_000,
  );
  mkdirSync(join(first, 'data', ARTIFACT, '..'), { recursive: true });
  writeFileSync(join(first, 'data', ARTIFACT), PICTURE);
}, 240_000);

describe('of a product at work', () => {
  const second = home('second');
  let restored: Awaited<ReturnType<typeof stored>>;
  let there: { otlp: string; dashboard: string };

  beforeAll(async () => {
    before.push('at the last moment');
    await send(otlp, 'at the last moment');
    let goesOn = true;
    const sending = (async () => {
      for (let i = 0; goesOn; i++) await send(otlp, `during-${i}`);
    })();
    const made = await command('backup', first, atWork);
    goesOn = false;
    await sending;
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining('of Loopwatch at work') });
    expect(await command('restore', second, atWork)).toMatchObject({ code: 0 });
    const again = start(second);
    there = { otlp: await ready(again), dashboard: await address(again, 'Dashboard') };
    restored = await stored(second);
  }, 240_000);

  test.each(['traces', 'logs', 'metrics'] as const)(
    '%s that were acknowledged before are there, each once, and none is there twice',
    (signal) => {
      expect(only(restored[signal], before)).toEqual(once1(before));
      expect([...restored[signal].values()].filter((count) => count !== 1)).toEqual([]);
    },
  );

  test('no insert was caught between two tables', () => {
    expect(restored.rollup).toBe(restored.traces.size);
  });

  test('incidents are there, and artefacts', async () => {
    expect(await openIncidents(there.dashboard)).toEqual(incidents);
    expect(readFileSync(join(second, 'data', ARTIFACT), 'utf8')).toBe(PICTURE);
  });

  test('what was restored takes data', async () => {
    await send(there.otlp, 'afterwards');
    await eventually('it is stored', async () => (await stored(second)).logs.get('afterwards') === 1);
  });

  test('nothing of the backup is left in the store it was made of', () => {
    const shadow = join(first, 'data', 'engine', 'store', 'shadow');
    expect(readdirSync(shadow).filter((name) => name.startsWith('loopwatch'))).toEqual([]);
  });

  test('a folder with something in it is refused, for both', async () => {
    expect(await command('backup', first, atWork)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/at-work is not empty .*Nothing is written over/s),
    });
    expect(await command('restore', second, atWork)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/data is not empty/),
    });
  });
});

describe('of a product that was killed', () => {
  test('what waits in the journal is stored afterwards, and what the store had already is not stored again', async () => {
    const third = home('third');
    const kept = join(root, 'kept');
    mkdirSync(kept);
    await eventually('a quiet journal', () => segments(first).length === 0);
    await send(otlp, 'stored and still in the journal');
    for (const name of segments(first)) copyFileSync(join(first, 'data', 'journal', name), join(kept, name));
    const inJournal = readdirSync(kept);
    expect(inJournal.length).toBeGreaterThan(0);
    await eventually('it is stored', () => segments(first).length === 0, 30_000);
    await send(otlp, 'just before the end');
    product.child.kill('SIGKILL');
    await product.ended;
    for (const name of inJournal) copyFileSync(join(kept, name), join(first, 'data', 'journal', name));

    const target = join(root, 'at-rest');
    expect(await command('backup', first, target)).toMatchObject({
      code: 0,
      said: expect.stringContaining('of Loopwatch at rest'),
    });
    expect(await command('restore', third, target)).toMatchObject({ code: 0 });
    await ready(start(third));
    await eventually('the journal is drained', () => segments(third).length === 0, 60_000);
    const { traces, logs, metrics, rollup } = await stored(third);
    const wanted = [...before, 'stored and still in the journal', 'just before the end'];
    for (const counts of [traces, logs, metrics]) {
      expect(only(counts, wanted)).toEqual(once1(wanted));
      expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
    }
    expect(rollup).toBe(traces.size);
  }, 240_000);
});

describe('a backup that is not whole', () => {
  const silent = { doing: () => {}, add: () => {} };
  const configOf = (folder: string) =>
    readConfig({ args: ['--data-dir', join(folder, 'data')], env: {}, readFile: () => undefined }) as Config;

  async function refusal(change: (backup: string) => void): Promise<string> {
    const folder = testFolder();
    const copy = join(folder, 'copy');
    cpSync(atWork, copy, { recursive: true });
    change(copy);
    const message = await restore(configOf(folder), copy, silent).then(
      () => 'restored',
      (thrown: Error) => thrown.message,
    );
    expect(existsSync(join(folder, 'data'))).toBe(false);
    return message;
  }

  test('without its manifest is refused', async () => {
    expect(await refusal((copy) => rmSync(join(copy, 'manifest.json')))).toMatch(/holds no whole backup/);
  });

  test('with files that are missing, cut or changed is refused with the name of each', async () => {
    const message = await refusal((copy) => {
      const parts = readdirSync(join(copy, 'store'), { recursive: true, encoding: 'utf8' });
      const data = parts.filter((path) => path.endsWith('data.bin'));
      truncateSync(join(copy, 'store', data[0]!), 3);
      writeFileSync(join(copy, ARTIFACT), 'b picture');
      rmSync(join(copy, 'state.db'));
    });
    expect(message).toMatch(/data\.bin: it has 3 bytes instead of \d+/);
    expect(message).toMatch(new RegExp(`${PICTURE_HASH}.txt: its content has changed`));
    expect(message).toMatch(/state\.db: it is missing/);
  });

  test('with a manifest that somebody wrote in is refused', async () => {
    const edited = (from: RegExp, to: string) =>
      refusal((copy) => {
        const file = join(copy, 'manifest.json');
        writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
      });
    expect(await edited(/"state\.db"/, '"../state.db"')).toMatch(/manifest\.json is damaged: its checksum/);
    expect(await edited(/^\{/, '')).toMatch(/manifest\.json is damaged/);
  });
});

test('with a ClickHouse server the state is backed up, and what is to be run on the server is told', async () => {
  const folder = testFolder();
  const url = ['--clickhouse-url', 'http://user:hidden@127.0.0.1:1/telemetry'];
  const of = (name: string) => ['--data-dir', join(folder, name)];
  takeDataFolder(join(folder, 'from')).release();
  const state = openState(join(folder, 'from'));
  state.flags.set('mark', 'kept');
  state.close();
  writeFileSync(join(folder, 'from', 'hash-secret'), 'the same hashes as before');
  const made = await command('backup', folder, join(folder, 'copy'), ...of('from'), ...url);
  expect(made.said).toMatch(/BACKUP DATABASE telemetry TO Disk/);
  expect(made.said).not.toContain('hidden');
  expect(made.code).toBe(0);
  expect(await command('restore', folder, join(folder, 'copy'), ...of('to'))).toMatchObject({
    code: 1,
    said: expect.stringContaining('--clickhouse-url'),
  });
  expect(await command('restore', folder, join(folder, 'copy'), ...of('to'), ...url)).toMatchObject({
    code: 0,
  });
  const restored = openState(join(folder, 'to'));
  expect(restored.flags.get('mark')).toBe('kept');
  expect(readFileSync(join(folder, 'to', 'hash-secret'), 'utf8')).toBe('the same hashes as before');
  restored.close();
});

test('a folder without data is no source, and wrong usage is told', async () => {
  const folder = testFolder();
  expect(await command('backup', folder, 'somewhere')).toMatchObject({
    code: 2,
    said: expect.stringContaining('There is no data of Loopwatch'),
  });
  expect(await command('backup', folder)).toMatchObject({
    code: 2,
    said: expect.stringContaining('Name the folder'),
  });
  expect(readdirSync(folder)).toEqual([]);
});
