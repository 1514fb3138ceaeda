import { describe, expect, test } from 'vitest';
import type { Origin } from '../../collector/receive/door.ts';
import { Senders } from '../../collector/receive/senders.ts';
import { sourcesOf } from '../../collector/wire/services.ts';
import { openDoor, resourceSpans, spanNow } from './setting.ts';
import { TRANSPORTS } from './transports.ts';

const ORIGIN: Origin = { transport: 'grpc', address: '10.0.0.1', agent: 'agent/1' };
const SDK = { name: 'opentelemetry', language: 'go', version: '1.2.3' };
const taken = (service: string, accepted: number, rejected = 0) => ({
  signal: 'traces' as const,
  accepted,
  rejected,
  reason: rejected > 0 ? 'why' : '',
  sources: [{ service, sdk: SDK, items: accepted }],
});

/** Senders with a clock of their own. */
function clocked(limit = 3) {
  const clock = { now: 1_000_000 };
  const greeted: string[] = [];
  const senders = new Senders({ now: () => clock.now, firstSpansFrom: (name) => greeted.push(name), limit });
  return { clock, greeted, senders };
}

describe('senders', () => {
  test('are one for each service, SDK, transport and address', () => {
    const { senders, greeted } = clocked(10);
    senders.accepted(ORIGIN, taken('a', 5));
    senders.accepted(ORIGIN, taken('a', 2));
    senders.accepted(ORIGIN, taken('b', 1));
    senders.accepted({ ...ORIGIN, transport: 'http/json' }, taken('a', 1));
    senders.accepted({ ...ORIGIN, address: '10.0.0.2' }, taken('a', 1));
    const found = senders
      .list()
      .senders.map(({ service, acceptedItems, requests }) => [service, acceptedItems, requests]);
    expect(found).toEqual([
      ['a', 1, 1],
      ['a', 1, 1],
      ['b', 1, 1],
      ['a', 7, 2],
    ]);
    expect(greeted).toEqual(['a', 'b']);
  });

  test('have a rate over the last minute', () => {
    const { senders, clock } = clocked();
    const rate = () => senders.list().senders[0]!.itemsPerSecond;
    senders.accepted(ORIGIN, taken('a', 600));
    expect(rate()).toBe(10);
    clock.now += 30_000;
    senders.accepted(ORIGIN, taken('a', 600));
    expect(rate()).toBe(20);
    clock.now += 30_000;
    expect(rate()).toBe(10);
    clock.now -= 3_600_000;
    expect(rate()).toBe(10);
    clock.now += 7_200_000;
    expect(rate()).toBe(0);
  });

  test('keep their last rejection, of items or of a whole request', () => {
    const { senders } = clocked();
    senders.accepted(ORIGIN, taken('a', 5, 2));
    expect(senders.list().senders[0]).toMatchObject({
      requests: 1,
      refusedItems: 2,
      lastRejection: { status: 200, items: 2, reason: 'why' },
    });
    senders.refused(ORIGIN, 400, 'no');
    expect(senders.list().senders[0]).toMatchObject({
      service: '',
      agent: 'agent/1',
      refusedRequests: 1,
      lastRejection: { status: 400, items: 0, reason: 'no' },
    });
  });

  test('are forgotten, the longest unseen first, and that is said', () => {
    const { senders } = clocked(2);
    for (const name of ['a', 'b', 'a', 'c']) senders.accepted(ORIGIN, taken(name, 1));
    expect(senders.list()).toMatchObject({ senders: [{ service: 'c' }, { service: 'a' }], forgotten: 1 });
  });
});

describe('the sources of a request', () => {
  const sdk = (service: string) => ({ 'service.name': service, 'telemetry.sdk.language': 'go' });
  const read = (items: number, ...groups: number[][]) =>
    sourcesOf(Uint8Array.from(groups.flat()), items).map(({ service, sdk, items }) => [
      service,
      sdk.language,
      items,
    ]);

  test('share its items as they sent them', () => {
    const groups = [
      resourceSpans(sdk('a'), spanNow(), spanNow()),
      resourceSpans(sdk('b'), spanNow()),
      resourceSpans(sdk('a'), spanNow()),
    ];
    expect(read(4, ...groups)).toEqual([
      ['a', 'go', 3],
      ['b', 'go', 1],
    ]);
  });
  test('are bounded, whatever the body holds', () => {
    const many = Buffer.alloc(8e6, Buffer.from([0x0a, 0x00]));
    expect(sourcesOf(many, 0)).toHaveLength(1);
    const [[name]] = read(1, resourceSpans(sdk('x'.repeat(100_000)), spanNow())) as [[string]];
    expect(name).toHaveLength(200);
  });
  test('of one service has all items', () => {
    expect(read(2, resourceSpans({}, spanNow(), spanNow()))).toEqual([['', '', 2]]);
    expect(read(0)).toEqual([]);
  });
});

test.each(TRANSPORTS)('a request from two services over $name is shown as two senders', async ({ send }) => {
  const door = await openDoor();
  const groups = ['a', 'b'].map((name) => resourceSpans({ 'service.name': name }, spanNow()));
  await send(door, { body: Buffer.from(groups.flat()) });
  await send(door, { body: Buffer.from('no') });
  const found = door.senders.list().senders.map(({ service, acceptedItems }) => [service, acceptedItems]);
  expect(found).toEqual([
    ['', 0],
    ['b', 1],
    ['a', 1],
  ]);
  expect(door.senders.summary()).toMatchObject({ requests: 2, acceptedItems: 2 });
});
