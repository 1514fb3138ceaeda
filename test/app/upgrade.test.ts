/** A data folder of an earlier schema: the doctor says so, the product brings it up to date, and nothing in it is lost. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineOfRunningProduct } from '../../app/running.ts';
import { startEmbedded } from '../../store/embedded/supervisor.ts';
import type { Engine } from '../../store/engine.ts';
import { inspectStore } from '../../store/inspect.ts';
import { applySchema, migrations } from '../../store/schema/apply.ts';
import { inspectState } from '../../store/state/inspect.ts';
import { STATE_STEPS } from '../../store/state/open.ts';
import { post } from '../door/transports.ts';
import { writeSegment } from '../helpers/engine.ts';
import { eventually } from '../helpers/eventually.ts';
import { makeFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';
import { plainRequest } from '../helpers/otlp.ts';
import { ANYWHERE, type Run, ready, run } from './run.ts';

/** The last step before probes, peers, actions and reports of collectors. */
const EARLIER = 48;
const OLD_SPANS = 5;
const NEW_SPANS = 3;

const { path: cwd, remove } = makeFolder();
const data = join(cwd, 'data');
let product: Run | undefined;
afterAll(async () => {
  product?.child.kill('SIGKILL');
  await product?.ended;
  remove();
});

let before: Awaited<ReturnType<typeof inspectStore>>;
beforeAll(async () => {
  const engine = await startEmbedded({
    folder: join(data, 'engine'),
    memoryBytes: 2 ** 30,
    readers: 1,
    log: recordingLog(),
  });
  try {
    await applySchema(
      engine,
      migrations().filter(({ version }) => version <= EARLIER),
    );
    await engine.insertSegment(writeSegment(cwd, [plainRequest(OLD_SPANS, 'of old')]));
    before = await inspectStore(engine);
  } finally {
    await engine.close();
  }
  earlierState();
});

/** `state.db` with its first step only. */
function earlierState(): void {
  const first = new URL('../../store/state/schema/001_state.sql', import.meta.url);
  const db = new DatabaseSync(join(data, 'state.db'));
  db.exec(`${readFileSync(first, 'utf8')}; PRAGMA user_version = 1`);
  db.prepare("INSERT INTO flags VALUES ('mark', 'of old')").run();
  db.close();
}

async function withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = (await engineOfRunningProduct(data))!;
  return work(engine).finally(() => engine.close());
}

test('is told apart from one of this release', () => {
  expect(before.missing.length).toBeGreaterThan(0);
  expect(before.foreign).toEqual([]);
  expect(inspectState(join(data, 'state.db'))).toMatchObject({ step: 1, complaints: [] });
});

test('is brought up to date by the start, keeps what is in it, and takes data', async () => {
  product = run(cwd, [...ANYWHERE, '--self-telemetry', 'off', '--synthetics-folder', '']);
  const otlp = await ready(product);
  expect(await withEngine(inspectStore)).toMatchObject({ missing: [], foreign: [] });
  expect(inspectState(join(data, 'state.db'))).toMatchObject({
    step: STATE_STEPS.length,
    complaints: [],
  });
  const headers = { 'Content-Type': 'application/x-protobuf' };
  const body = Buffer.from(plainRequest(NEW_SPANS, 'of now'));
  expect((await post(`${otlp}/v1/traces`, body, headers)).status).toBe(200);
  const spans = await eventually(
    'both are there',
    async () => {
      const rows = await withEngine((engine) =>
        engine.query<{ service: string; spans: number }>(
          `SELECT ServiceName AS service, count() AS spans FROM otel_traces GROUP BY service ORDER BY service`,
        ),
      );
      return rows.length === 2 && rows;
    },
    30_000,
  );
  expect(spans).toEqual([
    { service: 'of now', spans: NEW_SPANS },
    { service: 'of old', spans: OLD_SPANS },
  ]);
});
