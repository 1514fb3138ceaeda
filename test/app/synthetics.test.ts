/** Probes of the whole product as processes: from a file in a folder to an answer of the API, here and from elsewhere. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import type { IncidentsView } from '../../model/incident.ts';
import type { ProbeRun } from '../../model/probe.ts';
import type { ProbeRunsView, ProbesView } from '../../model/probes.ts';
import { eventually } from '../helpers/eventually.ts';
import { makeFolder } from '../helpers/folder.ts';

const folder = makeFolder();
const definitions = join(folder.path, 'synthetics');
let isDown = false;
/** Headers `traceparent` that browsers came with. */
const visits: string[] = [];
let site: Server;
let product: Product;
let place: ChildProcess;
let said = '';

beforeAll(async () => {
  site = createServer((request, response) => {
    const isVisit = request.url === '/visit';
    if (isVisit) visits.push(String(request.headers.traceparent));
    response.writeHead(isDown && !isVisit ? 503 : 200, { 'Content-Type': 'text/html' }).end('Welcome');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  mkdirSync(definitions);
  writeFileSync(
    join(definitions, 'site.checks.yaml'),
    `checks: [{ name: site, http: '${url}', every: 5s, expect: { body: Welcome } }]`,
  );
  writeFileSync(
    join(definitions, 'site.journey.ts'),
    `import { journey } from 'loopwatch/journey';
export default journey('visit', { every: '10s', timeout: '5s', allow: ['${new URL(url).origin}'], locations: ['local'] },
  async ({ page, step }) => { await step('home', () => page.goto('${url}visit')); });`,
  );
  product = await startProduct({
    dataDir: join(folder.path, 'data'),
    args: ['--synthetics-folder', definitions, '--ingest-token', 'secret'],
  });
  const start = fileURLToPath(new URL('../../app/start.js', import.meta.url));
  place = spawn(
    process.execPath,
    [
      start,
      'synthetics',
      '--otlp-endpoint',
      product.otlpUrl,
      '--location',
      'fra',
      '--synthetics-folder',
      definitions,
    ],
    {
      cwd: folder.path,
      env: { PATH: process.env.PATH, LOOPWATCH_INGEST_TOKEN: 'secret' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [place.stdout!, place.stderr!]) stream.on('data', (chunk) => (said += chunk));
}, 90_000);
afterAll(async () => {
  place?.kill('SIGKILL');
  await product?.stop();
  site?.close();
  folder.remove();
});

const ask = async <Answer>(path: string): Promise<Answer> =>
  (await (await fetch(`${product.dashboardUrl}/api${path}`)).json()) as Answer;
/** A span of the backend, as an SDK sends it that was handed the trace. */
async function answerSpan(traceparent: string): Promise<void> {
  const [, traceId, parentSpanId] = traceparent.split('-');
  const times = { startTimeUnixNano: `${Date.now()}000000`, endTimeUnixNano: `${Date.now() + 5}000000` };
  const span = { traceId, spanId: '00000000000000aa', parentSpanId, name: 'GET /visit', kind: 2, ...times };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'site' } }] };
  const answer = await fetch(`${product.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer secret' },
    body: JSON.stringify({
      resourceSpans: [{ resource, scopeSpans: [{ spans: [{ ...span, traceState: 'lw=p' }] }] }],
    }),
  });
  expect(answer.status).toBe(200);
}

const runs = async () => (await ask<ProbeRunsView>('/probes/site')).runs;

test('a check in the folder runs here and elsewhere, and both are told apart', async () => {
  const probe = await eventually(
    'both locations passed',
    async () => {
      const { probes, locations } = await ask<ProbesView>('/probes');
      const isComplete = probes[0]?.latest.length === 2 && locations.length === 2;
      return isComplete && { ...probes[0]!, locations };
    },
    60_000,
  );
  expect(probe.latest).toMatchObject([
    { location: 'fra', verdict: 'passed' },
    { location: 'local', verdict: 'passed' },
  ]);
  expect(probe.locations).toMatchObject([
    { location: 'fra', silent: false, probes: 1 },
    { location: 'local', silent: false, probes: 2 },
  ]);
  expect(said).toMatch(/Loopwatch looks from fra/);
}, 90_000);

test('a journey’s run, its steps and requests and the backend’s own spans are one trace', async () => {
  const traceparent = await eventually('a visit', () => visits[0], 60_000);
  await answerSpan(traceparent);
  const traceId = traceparent.split('-')[1];
  type Span = { name: string; spanId: string; parentSpanId: string; service: string };
  const spans = await eventually(
    'the whole trace',
    async () => {
      const { spans } = await ask<{ spans?: Span[] }>(`/traces/${traceId}`);
      return spans?.length === 4 && spans;
    },
    60_000,
  );
  const path = (span: Span | undefined): string[] =>
    span === undefined ? [] : [...path(spans.find(({ spanId }) => spanId === span.parentSpanId)), span.name];
  expect(path(spans.find(({ name }) => name === 'GET /visit'))).toEqual([
    'probe visit',
    'home',
    'GET',
    'GET /visit',
  ]);
}, 120_000);

test('a failure is confirmed at once and told with its reason, its request and its trace', async () => {
  isDown = true;
  const failed = await eventually(
    'a confirmed failure',
    async () => (await runs()).find(({ confirms }) => confirms !== ''),
    60_000,
  );
  // The tables of a segment are written one after the other.
  const run = await eventually('its request', async () => {
    const found = await ask<ProbeRun>(`/runs/${failed.traceId}`);
    return (found.steps[0]?.requests.length ?? 0) > 0 ? found : undefined;
  });
  expect(run).toMatchObject({
    verdict: 'failed',
    failure: { class: 'target', step: 'request', message: expect.stringContaining('status is 503') },
    steps: [{ requests: [{ method: 'GET', status: 503 }] }],
  });
  const trace = () => ask<{ spans?: { name: string }[] }>(`/traces/${failed.traceId}`);
  // All of its spans may begin in the same microsecond.
  const spans = await eventually('its trace', async () => (await trace()).spans);
  expect(spans.map(({ name }) => name).sort()).toEqual(['GET', 'probe site', 'request']);
}, 90_000);

test('the failure is an incident by the shipped rule, and its end resolves it', async () => {
  const incident = () => ask<IncidentsView>('/incidents').then(({ incidents }) => incidents[0]);
  const opened = await eventually('an incident', incident, 60_000);
  expect(opened).toMatchObject({ rule: 'probe-failing', labels: { probe: 'site' } });
  isDown = false;
  await eventually('it to be resolved', async () => (await incident())?.status === 'resolved', 60_000);
}, 150_000);

test('probes are nobody’s service', async () => {
  const { services } = await ask<{ services: { service: string }[] }>('/services');
  expect(services.map(({ service }) => service)).toEqual(['site']);
});

test('SIGTERM ends a place with 0', async () => {
  const ended = once(place, 'exit');
  place.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}, 30_000);
