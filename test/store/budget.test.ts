/** The disk budget: the oldest days go first, over all signals, and it is written down. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SETTINGS } from '../../app/settings.ts';
import { type DayPartition, enforceBudget, planDrops } from '../../store/budget.ts';
import { attributes, DAY_MS, type FrontDoor, openFrontDoor } from './front-door.ts';

describe('what goes', () => {
  const day = (day: string, bytes: number, table = 'otel_traces'): DayPartition => ({
    day,
    bytes,
    table,
    rows: 1,
  });
  const three = [
    day('20260103', 50),
    day('20260101', 30),
    day('20260102', 20),
    day('20260101', 5, 'otel_logs'),
  ];
  test.each([
    ['nothing within the budget', 105, []],
    ['the oldest day of every signal', 104, ['20260101', '20260101']],
    ['as many days as it takes', 69, ['20260101', '20260101', '20260102']],
    ['never the newest day', 1, ['20260101', '20260101', '20260102']],
  ])('is %s', (_, budget, days) => {
    expect(planDrops(three, budget).map((partition) => partition.day)).toEqual(days);
  });
});

test.each([
  ['off', null],
  ['80%', { share: 0.8 }],
  ['50GB', { bytes: 50e9 }],
])('the setting %s is understood', (text, budget) => {
  expect(SETTINGS['disk-budget'].parse(text)).toEqual(budget);
});

test.each(['0%', '101%', '5', ''])('the setting "%s" is refused', (text) => {
  expect(() => SETTINGS['disk-budget'].parse(text)).toThrow();
});

describe('in the store', () => {
  let door: FrontDoor;
  beforeAll(async () => {
    door = await openFrontDoor();
  });
  afterAll(() => door?.stop());

  const log = (daysAgo: number) => ({
    resourceLogs: [
      {
        resource: { attributes: attributes({ 'service.name': 'a' }) },
        scopeLogs: [{ logRecords: [{ timeUnixNano: BigInt(Date.now() - daysAgo * DAY_MS) * 1_000_000n }] }],
      },
    ],
  });
  const span = (daysAgo: number) => {
    const time = BigInt(Date.now() - daysAgo * DAY_MS) * 1_000_000n;
    const ids = { traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(1) };
    return {
      resourceSpans: [
        {
          resource: { attributes: attributes({ 'service.name': 'a' }) },
          scopeSpans: [{ spans: [{ ...ids, startTimeUnixNano: time, endTimeUnixNano: time }] }],
        },
      ],
    };
  };
  const days = async (table: string, column: string) =>
    (
      await door.engine.query<{ ago: number }>(
        `SELECT DISTINCT toUInt32(today() - toDate(${column})) AS ago FROM ${table} ORDER BY ago`,
      )
    ).map(({ ago }) => ago);

  test('the oldest days of all signals go until the rest fits, and each is written down', async () => {
    await door.store('logs', log(3), log(0));
    await door.store('traces', span(3), span(2), span(0));
    const plenty = await enforceBudget(door.engine, { share: 0.8 });
    expect(plenty.dropped).toEqual([]);
    expect(plenty.budgetBytes).toBeGreaterThan(plenty.usedBytes);

    const turn = await enforceBudget(door.engine, { bytes: plenty.usedBytes - 1 });
    expect(turn.dropped.map(({ rows }) => rows > 0)).toEqual([true]);
    expect(turn.usedBytes).toBe(plenty.usedBytes - turn.dropped[0]!.bytes);
    expect(await days('otel_logs', 'TimestampTime')).toEqual([0]);
    expect(await days('otel_traces', 'Timestamp')).toEqual([0, 2]);
    const said = await door.engine.query<{ target: string }>(
      `SELECT Target AS target FROM dropped_partitions WHERE Target LIKE 'otel\\_%' ORDER BY target`,
    );
    expect(said.map(({ target }) => target)).toEqual(['otel_logs', 'otel_traces', 'otel_traces_trace_id_ts']);
  });

  test('the newest day stays, and that it is too much is said', async () => {
    const turn = await enforceBudget(door.engine, { bytes: 1 });
    expect(turn.isExceeded).toBe(true);
    expect(await days('otel_traces', 'Timestamp')).toEqual([0]);
    expect(await days('otel_logs', 'TimestampTime')).toEqual([0]);
  });
});
