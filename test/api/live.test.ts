/** However many pages look, a view is read once, only when something is new, and not at all while nobody looks. */
import { setTimeout as pause } from 'node:timers/promises';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LiveHub } from '../../api/live.ts';
import type { ServicesView } from '../../model/service.ts';
import type { Status } from '../../model/status.ts';
import { eventually } from '../helpers/eventually.ts';

interface Fixture {
  hub: LiveHub;
  /** Views that were read, in order. */
  reads: string[];
  /** What reading does; replace it. */
  services: () => Promise<ServicesView>;
  status: () => Status;
  now: number;
  open: (from?: string, env?: string) => Page;
}

/** A page that listens. */
interface Page {
  events: { event: string; data: string; id?: string }[];
  ended: () => boolean;
  leave: () => void;
}

const view = (requests: number) => ({ services: [{ requests }] }) as unknown as ServicesView;

function fixture(): Fixture {
  const it = {
    reads: [] as string[],
    now: 0,
    services: async () => view(1),
    status: () => ({ version: 'a' }) as Status,
  } as Fixture;
  it.hub = new LiveHub({
    clock: { now: () => it.now },
    status: async () => it.status(),
    services: (from, env) => {
      it.reads.push(`${from} ${env}`.trim());
      return it.services();
    },
  });
  const app = new Hono().get('/live', (c) =>
    it.hub.stream(c, c.req.query('from')!, c.req.query('env') ?? ''),
  );
  it.open = (from = 'now-1h', env = '') => listen(app, `/live?${new URLSearchParams({ from, env })}`);
  onTestFinished(() => it.hub.close());
  return it;
}

function listen(app: Hono, path: string): Page {
  const abort = new AbortController();
  const page = { events: [] as Page['events'], done: false };
  const follow = async () => {
    const answer = await app.request(path, { signal: abort.signal });
    let rest = '';
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    abort.signal.addEventListener('abort', () => void reader.cancel().catch(() => {}));
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const blocks = (rest + part.value).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const lines = block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
        page.events.push(Object.fromEntries(lines));
      }
    }
  };
  follow()
    .catch(() => {})
    .finally(() => {
      page.done = true;
    });
  return { events: page.events, ended: () => page.done, leave: () => abort.abort() };
}

const has = (page: Page, event: string, count = 1) =>
  eventually(`${count} × ${event}`, () => page.events.filter((one) => one.event === event).length >= count);

describe.concurrent('the live stream', () => {
  test('begins with the status and the services', async () => {
    const it = fixture();
    const page = it.open();
    await has(page, 'services');
    expect(page.events.map((one) => one.event).sort()).toEqual(['services', 'status']);
    expect(JSON.parse(page.events.find((one) => one.event === 'services')!.data)).toEqual(view(1));
    page.leave();
  });

  test('of many pages with one view costs one read for each change, and all get it', async () => {
    const it = fixture();
    const pages = Array.from({ length: 25 }, () => it.open());
    for (const page of pages) await has(page, 'services');
    expect(it.reads).toEqual(['now-1h']);
    it.services = async () => view(2);
    it.hub.changed();
    for (const page of pages) await has(page, 'services', 2);
    expect(it.reads).toHaveLength(2);
    for (const page of pages) page.leave();
  });

  test('of different views reads each for itself', async () => {
    const it = fixture();
    const pages = [it.open('now-1h'), it.open('now-15m'), it.open('now-1h', 'prod')];
    for (const page of pages) await has(page, 'services');
    expect(it.reads.sort()).toEqual(['now-15m', 'now-1h', 'now-1h prod']);
    for (const page of pages) page.leave();
  });

  test('gives who joins later what is there, without another read', async () => {
    const it = fixture();
    const first = it.open();
    await has(first, 'services');
    const second = it.open();
    await has(second, 'services');
    expect(it.reads).toHaveLength(1);
    first.leave();
    second.leave();
  });

  test('is not read while nobody listens, and again when somebody does', async () => {
    const it = fixture();
    for (let i = 0; i < 3; i++) it.hub.changed();
    await pause(100);
    expect(it.reads).toEqual([]);
    const page = it.open();
    await has(page, 'services');
    page.leave();
    await eventually('it has ended', () => page.ended());
    // One reading may be under way while the page leaves.
    it.hub.changed();
    await pause(700);
    const before = it.reads.length;
    expect(before).toBeLessThanOrEqual(2);
    for (let i = 0; i < 3; i++) {
      it.hub.changed();
      await pause(200);
    }
    expect(it.reads).toHaveLength(before);
    const again = it.open();
    await has(again, 'services');
    expect(it.reads.length).toBeGreaterThan(before);
    again.leave();
  });

  test('takes a storm of changes together', async () => {
    const it = fixture();
    const page = it.open();
    await has(page, 'services');
    for (let i = 0; i < 200; i++) it.hub.changed();
    await has(page, 'services', 2);
    await pause(300);
    expect(it.reads.length).toBeLessThanOrEqual(3);
    page.leave();
  });

  test('tells a changed status, and an unchanged one only once', async () => {
    const it = fixture();
    const page = it.open();
    await has(page, 'services');
    it.status = () => ({ version: 'b' }) as Status;
    await has(page, 'status', 2);
    expect(
      page.events.filter((one) => one.event === 'status').map((one) => JSON.parse(one.data).version),
    ).toEqual(['a', 'b']);
    page.leave();
  });

  test('beats when it has nothing to say for 15 s, so that a page knows it is alive', async () => {
    const it = fixture();
    const page = it.open();
    await has(page, 'services');
    await pause(1_200);
    expect(page.events.some((one) => one.event === 'beat')).toBe(false);
    it.now += 15_000;
    await has(page, 'beat');
    page.leave();
  });

  test('outlives an engine that fails, and goes on when it is back', async () => {
    const it = fixture();
    const page = it.open();
    await has(page, 'services');
    it.services = () => Promise.reject(new Error('store_down'));
    it.hub.changed();
    await eventually('a failed read', () => it.reads.length >= 2);
    it.status = () => ({ version: 'down' }) as Status;
    await has(page, 'status', 2);
    expect(page.ended()).toBe(false);
    it.services = async () => view(9);
    it.hub.changed();
    await has(page, 'services', 2);
    page.leave();
  });

  test('ends for all when the product stops', async () => {
    const it = fixture();
    const pages = [it.open(), it.open('now-15m')];
    for (const page of pages) await has(page, 'services');
    it.hub.close();
    await eventually('all ended', () => pages.every((page) => page.ended()));
  });
});
