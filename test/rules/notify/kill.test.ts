/** Killed at any moment, no notification is lost, and what comes twice comes under the same id with the same content. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openState } from '../../../store/state/open.ts';
import { SEED, seeded } from '../../helpers/chance.ts';
import { testFolder } from '../../helpers/folder.ts';
import { type Call, fakeReceiver } from './setting.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const TICKS = 60;
const KILLS = 5;

function start(
  folder: string,
  url: string,
  doing: string,
): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [CHILD, folder, url, doing], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

const idOf = ({ headers }: Call): string => String(headers['webhook-id']);

test('killed between the commit and the send, it is sent at the next start', async () => {
  const folder = testFolder();
  const shop = await fakeReceiver();
  expect(await start(folder, shop.url, 'commit').ended).toBe(null);
  expect(shop.calls).toEqual([]);
  expect(await start(folder, shop.url, 'send').ended).toBe(0);
  expect(shop.calls.map(({ json }) => json.type)).toEqual(['incident.triggered']);
});

test('killed between the send and its mark, it is sent again as it was', async () => {
  const folder = testFolder();
  const shop = await fakeReceiver();
  const { child, ended } = start(folder, shop.url, 'send');
  shop.answer = () => void child.kill('SIGKILL');
  expect(await ended).toBe(null);
  shop.answer = (response) => response.writeHead(204).end();
  expect(await start(folder, shop.url, 'send').ended).toBe(0);
  expect(shop.calls.length).toBe(2);
  expect(idOf(shop.calls[1]!)).toBe(idOf(shop.calls[0]!));
  expect(shop.calls[1]!.body).toBe(shop.calls[0]!.body);
});

test(`killed at random, nothing is lost and nothing is out of order (SEED=${SEED})`, async () => {
  const random = seeded();
  const folder = testFolder();
  const shop = await fakeReceiver();
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, ended } = start(folder, shop.url, 'all');
    const before = shop.calls.length;
    const after = random.below(8);
    shop.answer = (response) => {
      if (shop.calls.length - before > after) child.kill('SIGKILL');
      else response.writeHead(204).end();
    };
    await ended;
  }
  shop.answer = (response) => response.writeHead(204).end();
  expect(await start(folder, shop.url, 'all').ended).toBe(0);

  const bodies = new Map<string, string>();
  const distinct = shop.calls.filter((call) => {
    const known = bodies.get(idOf(call));
    if (known !== undefined) expect(call.body).toBe(known);
    bodies.set(idOf(call), call.body);
    return known === undefined;
  });
  const byIncident = Map.groupBy(distinct, ({ json }) => json.data.number as number);
  expect([...byIncident.keys()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: TICKS / 2 }, (_, i) => i + 1),
  );
  for (const calls of byIncident.values())
    expect(calls.map(({ json }) => json.type)).toEqual(['incident.triggered', 'incident.resolved']);
  const state = openState(folder);
  expect(state.outbox.receivers()).toEqual([]);
  state.close();
}, 60_000);
