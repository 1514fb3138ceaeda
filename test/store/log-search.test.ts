/** The search for log records: what matches, in pages that neither repeat nor leave out, counted over time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countLogs, type LogFilter, readCursor, searchLogs, wordsOf } from '../../store/queries/logs.ts';
import { attributes, bytes, type FrontDoor, openFrontDoor } from './front-door.ts';

const MINUTE_MS = 60_000;
const NOW = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
const RANGE = { from: NOW - 60 * MINUTE_MS, to: NOW };
const TRACE = '0102030405060708090a0b0c0d0e0f10';

interface Spec {
  at: number;
  body?: string;
  severity?: number;
  service?: string;
  more?: object;
}

const request = ({ at, body = 'ok', severity = 9, service = 'shop', more = {} }: Spec) => ({
  resourceLogs: [
    {
      resource: { attributes: attributes({ 'service.name': service, 'host.name': `${service}-1` }) },
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: BigInt(at) * 1_000_000n,
              severityNumber: severity,
              body: { kind: { case: 'stringValue', value: body } },
              ...more,
            },
          ],
        },
      ],
    },
  ],
});

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
  const many = Array.from({ length: 25 }, (_, i) => ({
    at: NOW - 30 * MINUTE_MS - Math.floor(i / 10),
    body: `line ${i}`,
    service: 'many',
    more: { spanId: bytes(`00000000000000${(i + 16).toString(16)}`) },
  }));
  await door.store(
    'logs',
    ...many.map(request),
    request({
      at: NOW - 5 * MINUTE_MS,
      body: 'Charge DECLINED: no such user',
      severity: 17,
      more: { traceId: bytes(TRACE) },
    }),
    request({
      at: NOW - 6 * MINUTE_MS,
      body: 'declined',
      severity: 13,
      more: { attributes: attributes({ tier: 'gold' }) },
    }),
    request({ at: NOW - 50 * MINUTE_MS, body: 'Grüße %_\'"\\', severity: 0 }),
    request({ at: NOW - 2 * MINUTE_MS, body: 'x'.repeat(1_000_000), service: 'wide' }),
  );
});
afterAll(() => door?.stop());

const find = async (filter: Partial<LogFilter>, limit = 100) =>
  (await searchLogs(door.engine, { range: RANGE, env: '', ...filter }, limit)).records.map(
    ({ body }) => body,
  );

describe('the search', () => {
  test('finds words in any case and order, and quoted words as one', async () => {
    expect(await find({ text: 'user declined' })).toEqual(['Charge DECLINED: no such user']);
    expect(await find({ text: '"such user"' })).toHaveLength(1);
    expect(await find({ text: '"user such"' })).toEqual([]);
    expect(await find({ text: `GRÜSSE` })).toEqual([]);
    expect(await find({ text: 'grÜ %_\'"\\' })).toHaveLength(1);
  });

  test('finds by level or worse, trace, service and attribute of record or resource', async () => {
    expect(await find({ level: 'warn' })).toEqual(['Charge DECLINED: no such user', 'declined']);
    expect(await find({ level: 'unset' })).toHaveLength(1);
    expect(await find({ traceId: TRACE })).toHaveLength(1);
    expect(await find({ service: 'many' })).toHaveLength(25);
    expect(await find({ attributes: [{ key: 'tier', value: 'gold' }] })).toEqual(['declined']);
    expect(await find({ attributes: [{ key: 'host.name', value: 'shop-1' }] })).toHaveLength(3);
  });

  test('gives pages that together have every record once, also where many share a moment', async () => {
    const filter = { range: RANGE, env: '', service: 'many' };
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page = await searchLogs(door.engine, filter, 4, next === null ? undefined : readCursor(next)!);
      seen.push(...page.records.map(({ body }) => body));
      next = page.next;
    } while (next !== null);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  test('cuts a line of a megabyte and says how long it was', async () => {
    const { records } = await searchLogs(door.engine, { range: RANGE, env: '', service: 'wide' }, 10);
    expect(records[0]!.body).toHaveLength(16_384);
    expect(records[0]!.bodyBytes).toBe(1_000_000);
  });
});

describe('the counts', () => {
  const total = async (filter: Partial<LogFilter>) => {
    const { counts } = await countLogs(door.engine, { range: RANGE, env: '', ...filter });
    return Object.fromEntries(
      Object.entries(counts).map(([level, slots]) => [level, slots.reduce((a, b) => a + b, 0)]),
    );
  };

  test('are the same from the minutes and from the records', async () => {
    const fromMinutes = await total({});
    expect(fromMinutes).toEqual({ error: 1, warn: 1, info: 26, debug: 0, unset: 1 });
    expect(await total({ attributes: [{ key: 'telemetry', value: '' }] })).toEqual({
      error: 0,
      warn: 0,
      info: 0,
      debug: 0,
      unset: 0,
    });
    expect(await total({ text: 'e' })).toMatchObject({ error: 1, warn: 1, info: 25 });
  });

  test('stand in the slot of their minute', async () => {
    const { counts, stepMs, range } = await countLogs(door.engine, { range: RANGE, env: '', level: 'error' });
    expect(stepMs).toBe(MINUTE_MS);
    expect(counts.error.indexOf(1)).toBe((NOW - 5 * MINUTE_MS - range.from) / stepMs);
  });
});

test.each([
  ['slow "no such user"', ['slow', 'no such user']],
  ['', []],
  ['"', []],
  ['a a b', ['a', 'b']],
])('the words of %j', (text, words) => expect(wordsOf(text)).toEqual(words));

test.each(['', 'x', '1', '1-', '99999999999999999999-0', '9999999999999999999-0', '-1-0'])(
  '%j is no cursor',
  (text) => expect(readCursor(text)).toBeNull(),
);
