/** What the API says of probes, and how it hands out files that strangers' pages filled. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../api/app.ts';
import type { Failure } from '../../model/failure.ts';
import type { Status } from '../../model/status.ts';
import { ArtifactStore } from '../../store/artifacts.ts';
import { makeFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';
import { type FrontDoor, openFrontDoor } from '../store/front-door.ts';
import {
  probeRequest,
  probeRun,
  probeStep,
  requestOfHeartbeat,
  requestOfRun,
} from '../synthetics/results.ts';
import { IDLE_DESK } from './idle-desk.ts';

const NOW = Date.now();
const RUN = probeRun({
  name: 'shop/ä',
  scheduledAt: NOW - 30_000,
  steps: [probeStep({ requests: [probeRequest()] })],
});
const folder = makeFolder();
const artifacts = new ArtifactStore(folder.path, { budgetBytes: 10_000, retentionMs: 1e9 }, Date.now);
const hash = (content: string) => createHash('sha256').update(content).digest('hex');

let door: FrontDoor;
/** How late the store is, milliseconds. */
let lagMs = 0;
beforeAll(async () => {
  door = await openFrontDoor();
  await door.store('traces', requestOfRun(RUN));
  await door.store('metrics', await requestOfHeartbeat('fra', NOW - 50_000));
  await artifacts.put(hash('pixels'), 'image/jpeg', Buffer.from('pixels'));
  await artifacts.put(hash('<script>'), 'application/json', Buffer.from('<script>'));
});
afterAll(async () => {
  await door?.stop();
  folder.remove();
});

function ask(path: string, withArtifacts = true): Promise<Response> {
  const { app } = createApi({
    engine: door.engine,
    status: async () => ({ journal: { lagMs } }) as Status,
    senders: () => ({ senders: [], forgotten: 0 }),
    desk: IDLE_DESK,
    clock: { now: () => NOW },
    log: recordingLog(),
    pages: folder.path,
    ...(withArtifacts ? { artifacts } : {}),
  });
  return Promise.resolve(app.request(`http://localhost${path}`, { headers: { host: 'localhost' } }));
}

test('the list, a probe’s runs and one run', async () => {
  expect(await (await ask('/api/probes?from=now-15m')).json()).toMatchObject({
    probes: [
      { name: 'shop/ä', runs: 1, availability: { up: 1 }, latest: [{ location: 'fra', verdict: 'passed' }] },
    ],
    locations: [{ location: 'fra', silent: true }],
  });
  const runs = await ask(`/api/probes/${encodeURIComponent('shop/ä')}?location=fra&limit=1`);
  expect(await runs.json()).toMatchObject({
    runs: [{ traceId: RUN.traceId, steps: [{ name: 'request' }] }],
    more: false,
  });
  expect(await (await ask(`/api/runs/${RUN.traceId.toUpperCase()}`)).json()).toEqual(RUN);
});

test('what still waits in the journal makes no location silent', async () => {
  lagMs = 10_000;
  const { locations } = (await (await ask('/api/probes')).json()) as { locations: object[] };
  lagMs = 0;
  expect(locations).toMatchObject([{ location: 'fra', silent: false }]);
});

test.each<[string, number, RegExp]>([
  ['/api/probes?from=soon', 400, /is not a time/],
  ['/api/probes/home?limit=501', 400, /limit/],
  ['/api/runs/xyz', 400, /32 hex digits/],
  [`/api/runs/${'ab'.repeat(16)}`, 404, /There is no run abab/],
  ['/api/artifacts/..%2f..%2fetc%2fpasswd', 400, /64 hex digits/],
  [`/api/artifacts/${'ab'.repeat(32)}`, 404, /no such artefact/],
])('%s is refused with a sentence', async (path, status, message) => {
  const answer = await ask(path);
  expect(answer.status).toBe(status);
  expect(((await answer.json()) as Failure).error.message).toMatch(message);
});

test('a picture is shown, everything else is saved, and nothing of it can run', async () => {
  const picture = await ask(`/api/artifacts/${hash('pixels')}`);
  expect(await picture.text()).toBe('pixels');
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  expect(picture.headers.get('content-disposition')).toBe('inline');
  const har = await ask(`/api/artifacts/${hash('<script>')}`);
  expect(har.headers.get('content-type')).toBe('application/json');
  expect(har.headers.get('content-disposition')).toMatch(/^attachment; filename="[0-9a-f]{12}\.json"$/);
  for (const { headers } of [picture, har]) {
    expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  }
});

test('without a store of files there are none', async () => {
  expect((await ask(`/api/artifacts/${hash('pixels')}`, false)).status).toBe(404);
});
