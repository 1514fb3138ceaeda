/** What is in the files is in the journal once, and what is not is said. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { openDoor } from '../door/setting.ts';
import {
  file,
  gaugeLine,
  importInto,
  journaled,
  logLine,
  MINUTE,
  namesIn,
  nowNano,
  spanLine,
  spansIn,
} from './setting.ts';

test('all three signals go in, from plain and gzip files, mixed in one file, without a last newline', async () => {
  const door = await openDoor();
  const { items, lines, faults } = await importInto(door, [
    file(`${spanLine('a')}\r\n\n${logLine('hello')}\n${gaugeLine('1.5')}`),
    file(Buffer.concat([gzipSync(`${spanLine('b')}\n`), gzipSync(spanLine('c'))]), 'two-members.gz'),
  ]);
  expect(items).toEqual({ traces: 3, metrics: 1, logs: 1 });
  expect(lines).toBe(5);
  expect(faults.report()).toEqual([]);
  expect(door.journaled.map(({ signal, items }) => [signal, items]).sort()).toEqual([
    ['logs', 1],
    ['metrics', 1],
    ['traces', 3],
  ]);
});

test('a line with two signals loses neither, and a text that looks like a key is only a text', async () => {
  const door = await openDoor();
  const both = { ...JSON.parse(spanLine('"resourceMetrics": {')), ...JSON.parse(logLine('x')) };
  const { items } = await importInto(door, [file(JSON.stringify(both))]);
  expect(items).toEqual({ traces: 1, metrics: 0, logs: 1 });
});

test('NaN and Infinity as Python writes them are read as numbers, and in a text they stay text', async () => {
  const door = await openDoor();
  const text = logLine('NaN, -Infinity and "NaN"', { attributes: [] });
  const { items, faults } = await importInto(door, [
    file([gaugeLine('NaN'), gaugeLine('-Infinity'), text].join('\n')),
  ]);
  expect(faults.report()).toEqual([]);
  expect(items).toEqual({ traces: 0, metrics: 2, logs: 1 });
  const said = JSON.stringify(journaled(door), (_, value) =>
    typeof value === 'bigint' || Number.isNaN(value) ? String(value) : value,
  );
  expect(said).toContain('"case":"asDouble","value":"NaN"');
  expect(said).toContain('NaN, -Infinity and \\"NaN\\"');
});

test('--shift-to now moves the newest time of all files to now and keeps every distance', async () => {
  const door = await openDoor();
  const then = 1_674_981_730_457_687_679n;
  const before = nowNano();
  const { newest, shiftedBy } = await importInto(
    door,
    [file(spanLine('old', then - 60n * MINUTE)), file(spanLine('new', then))],
    { shiftToNow: true },
  );
  expect(newest).toBe(then);
  const [old, young] = spansIn(door);
  expect(young!.endTimeUnixNano - old!.endTimeUnixNano).toBe(60n * MINUTE);
  expect(young!.endTimeUnixNano).toBe(then + shiftedBy);
  expect(young!.endTimeUnixNano).toBeGreaterThanOrEqual(before);
  expect(young!.endTimeUnixNano).toBeLessThanOrEqual(nowNano());
});

test('--speed sends in the order of time over all files, each not before it is due', async () => {
  const arrivals: number[] = [];
  const door = await openDoor({ append: async () => void arrivals.push(performance.now()) });
  const start = nowNano() - 60n * MINUTE;
  const at = (minutes: bigint) => start + minutes * MINUTE;
  await importInto(
    door,
    [
      file([spanLine('third', at(20n)), spanLine('first', at(0n))].join('\n')),
      file(spanLine('second', at(10n))),
    ],
    { speed: 2_000 },
  );
  expect(namesIn(door)).toEqual(['first', 'second', 'third']);
  // Ten minutes at 2,000 times are 300 ms; a timer may end a millisecond early.
  expect(arrivals[2]! - arrivals[0]!).toBeGreaterThan(500);
});

test('--speed with --shift-to now: an item is of now when it is sent in real time', async () => {
  const door = await openDoor();
  const before = nowNano();
  const then = 1_674_981_730_000_000_000n;
  await importInto(door, [file([spanLine('a', then), spanLine('b', then + 400_000_000n)].join('\n'))], {
    speed: 1,
    shiftToNow: true,
  });
  const [a, b] = spansIn(door);
  expect(a!.endTimeUnixNano).toBeGreaterThanOrEqual(before);
  expect(b!.endTimeUnixNano - a!.endTimeUnixNano).toBe(400_000_000n);
  expect(b!.endTimeUnixNano).toBeLessThanOrEqual(nowNano() + 1_000_000n);
});

test('a door that is busy is asked again, and nothing is sent twice', async () => {
  let refusals = 2;
  const door = await openDoor({
    append: async () => {
      if (refusals-- > 0) throw new Problem('journal_full', 'Not now', { retryable: true });
    },
  });
  const { retries, items } = await importInto(door, [file(spanLine('patient'))]);
  expect([retries, items.traces]).toEqual([2, 1]);
  expect(namesIn(door)).toEqual(['patient']);
});

test('a door that stays busy is given up after bounded attempts', async () => {
  const door = await openDoor({
    append: async () => {
      throw new Problem('journal_full', 'The journal is full', { retryable: true });
    },
  });
  await expect(importInto(door, [file(spanLine('a'))])).rejects.toThrow(
    /did not take a batch in 4 attempts \(last: 503 The journal is full\)/,
  );
});

test('a request too heavy for the door is left out alone, its neighbours of the same batch go in', async () => {
  const door = await openDoor({
    append: async (_, body) => {
      if (Buffer.from(body).includes('heavy')) throw new Problem('too_heavy', 'Send smaller batches');
    },
  });
  const path = file(['a', 'b', 'heavy', 'c', 'd'].map((name) => spanLine(name)).join('\n'));
  const { items, faults } = await importInto(door, [path]);
  expect(items.traces).toBe(4);
  expect(namesIn(door).sort()).toEqual(['a', 'b', 'c', 'd']);
  expect(faults.report()).toEqual([`${path}:3: 1 span refused: Send smaller batches`]);
});

test('data older than the retention is counted once for a file, with the way out', async () => {
  const door = await openDoor();
  const old = Array.from({ length: 3 }, () => spanLine('old', nowNano() - 60n * 24n * 60n * MINUTE));
  const path = file([spanLine('new'), ...old].join('\n'));
  const { items, faults } = await importInto(door, [path]);
  expect(items.traces).toBe(1);
  expect(faults.report()).toEqual([
    `${path}, lines 1 to 4: 3 spans refused: older than the retention (bring old data in with import --shift-to now).`,
  ]);
});

test('a token is shown, and without it nothing is read', async () => {
  const door = await openDoor({ token: 'secret' });
  await expect(importInto(door, [file(spanLine('a'))])).rejects.toThrow(/wants an ingest token.*--token/);
  expect((await importInto(door, [file(spanLine('a'))], { token: 'secret' })).items.traces).toBe(1);
});

test('nobody there, or somebody else, is said at once', async () => {
  const server = createServer((_, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const httpUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(importInto({ httpUrl }, [file(spanLine('a'))])).rejects.toThrow(
    /is not an OTLP\/HTTP endpoint/,
  );
  await expect(importInto({ httpUrl: 'http://127.0.0.1:1' }, [file(spanLine('a'))])).rejects.toThrow(
    /Nobody answers .* --endpoint/,
  );
});
