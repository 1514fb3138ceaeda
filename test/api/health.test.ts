/** What load balancers, containers and Prometheus ask. */
import { expect, test } from 'vitest';
import { type ApiOptions, createApi } from '../../api/app.ts';
import type { Health } from '../../model/health.ts';
import { openDoor } from '../door/setting.ts';
import { recordingLog } from '../helpers/log.ts';

const METRICS = 'loopwatch_up 1\n';

/** Both ports answer with the same words. */
async function ports(health: Health) {
  const { app } = createApi({
    health,
    clock: { now: Date.now },
    log: recordingLog(),
    pages: '/nowhere',
  } as never as ApiOptions);
  const door = await openDoor({ token: 'let-me-in', health });
  return [
    (path: string, headers: Record<string, string> = {}) =>
      app.request(`http://localhost:8080${path}`, { headers: { host: 'localhost:8080', ...headers } }),
    (path: string, headers: Record<string, string> = {}) => fetch(`${door.httpUrl}${path}`, { headers }),
  ];
}

const well: Health = { notReady: () => '', metrics: async () => METRICS };
const ill: Health = { notReady: () => 'The store is starting.', metrics: async () => null };
const TOKEN = { authorization: 'Bearer let-me-in' };

test('a process that can do its work is alive and ready, without a token', async () => {
  for (const ask of await ports(well)) {
    expect((await ask('/healthz')).status).toBe(200);
    expect(await (await ask('/readyz')).json()).toEqual({ status: 'ready', detail: '' });
  }
});

test('one that cannot is alive, and says why it is not ready', async () => {
  for (const ask of await ports(ill)) {
    expect((await ask('/healthz')).status).toBe(200);
    const answer = await ask('/readyz');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'not ready', detail: 'The store is starting.' });
  }
});

test('Prometheus gets what is counted, in its own format', async () => {
  for (const ask of await ports(well)) {
    const answer = await ask('/metrics', { ...TOKEN, accept: 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1' });
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toBe(METRICS);
  }
  for (const ask of await ports(ill)) expect((await ask('/metrics', TOKEN)).status).toBe(404);
});

test('metrics of the receiver need its token, and a browser gets the page of that name', async () => {
  const [dashboard, receiver] = await ports(well);
  expect((await receiver!('/metrics')).status).toBe(401);
  const page = await dashboard!('/metrics', { accept: 'text/html' });
  expect(await page.text()).not.toContain(METRICS);
});

test('a dashboard asked by the address of its pod says that it is well, and nothing more', async () => {
  const [dashboard] = await ports(well);
  expect((await dashboard!('/healthz', { host: '10.1.2.3:8080' })).status).toBe(200);
  expect((await dashboard!('/metrics', { host: '10.1.2.3:8080' })).status).toBe(403);
});
