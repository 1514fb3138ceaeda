/** Each role as a process of its own, around one engine that they reach by HTTP. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SenderList } from '../../model/senders.ts';
import type { Status } from '../../model/status.ts';
import { post } from '../door/transports.ts';
import { startTestServer, type TestEngine } from '../helpers/engine.ts';
import { eventually } from '../helpers/eventually.ts';
import { plainRequest } from '../helpers/otlp.ts';
import { ANYWHERE, address, type Run, run } from './run.ts';

const SPANS = 4;
const SERVICES = ['from-the-first', 'from-the-second'];

let store: TestEngine & { url: string };
let collectors: Run[];
let doors: string[];
let server: Run;
let dashboard: string;

/** A role with a data folder of its own. */
function role(name: string, folder: string, ...more: string[]): Run {
  const cwd = join(store.folder, folder);
  mkdirSync(cwd);
  return run(cwd, [name, ...ANYWHERE, '--self-telemetry', 'off', ...more], {
    env: { CLICKHOUSE_URL: store.url },
  });
}

const ask = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${dashboard}/api${path}`)).json()) as T;

beforeAll(async () => {
  store = await startTestServer();
  collectors = ['first', 'second'].map((folder) => role('collector', folder));
  doors = await Promise.all(collectors.map((one) => address(one, 'OTLP/HTTP')));
  server = role('server', 'server', '--otlp-endpoint', doors[0]!);
  dashboard = await address(server, 'Dashboard');
});

afterAll(async () => {
  for (const { child } of [...collectors, server]) child.kill('SIGKILL');
  await Promise.all([...collectors, server].map(({ ended }) => ended));
  await store.stop();
});

test('what two collectors take in is on the pages of the server, and so are their senders', async () => {
  await Promise.all(
    SERVICES.map(async (service, i) => {
      const body = Buffer.from(plainRequest(SPANS, service));
      const headers = { 'Content-Type': 'application/x-protobuf' };
      expect((await post(`${doors[i]}/v1/traces`, body, headers)).status).toBe(200);
    }),
  );
  await eventually(
    'both services are listed',
    async () => {
      const services = JSON.stringify(await ask<object>('/services?from=now-1h'));
      return SERVICES.every((service) => services.includes(service));
    },
    30_000,
  );
  await eventually('both senders are told', async () => {
    const { senders } = await ask<SenderList>('/senders');
    return SERVICES.every((name) =>
      senders.some(({ service, acceptedItems }) => service === name && acceptedItems === SPANS),
    );
  });
  const { ingest, otlpEndpoint } = await ask<Status>('/status');
  expect(ingest.acceptedItems).toBe(SPANS * SERVICES.length);
  expect(otlpEndpoint).toBe(doors[0]);
});

test('each of them ends at SIGTERM with 0 and without a word of complaint', async () => {
  for (const { child } of [...collectors, server]) child.kill('SIGTERM');
  for (const { ended, err } of [...collectors, server]) {
    expect(await ended).toBe(0);
    expect(err()).toBe('');
  }
});

test.each(['collector', 'server'])('a %s without a store to share says what it needs', async (name) => {
  const alone = run(store.folder, [name, ...ANYWHERE]);
  expect(await alone.ended).toBe(2);
  expect(alone.err()).toMatch(/shares a ClickHouse server .* set CLICKHOUSE_URL/);
});
