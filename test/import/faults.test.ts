/** Bad input: named with file and line and the way out, and the rest goes on. */

import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openDoor } from '../door/setting.ts';
import { testFolder } from '../helpers/folder.ts';
import { file, importInto, namesIn, spanLine } from './setting.ts';

/** What was said of the file, without its name; what else it held must have gone in. */
async function saidOf(path: string, names: readonly string[], maxLineBytes?: number): Promise<string[]> {
  const door = await openDoor();
  const good = file(spanLine('another file'), 'good.jsonl');
  const { faults } = await importInto(door, [path, good], maxLineBytes === undefined ? {} : { maxLineBytes });
  expect(namesIn(door).sort()).toEqual(['another file', ...names].sort());
  return faults.report().map((line) => line.replace(path, 'FILE'));
}

test('half a line', async () => {
  const path = file([spanLine('a'), spanLine('b').slice(0, 150), spanLine('c')].join('\n'));
  const said = await saidOf(path, ['a', 'c']);
  expect(said).toEqual([
    expect.stringMatching(/^FILE:2: It is not OTLP JSON: .*; its writer was cut off here$/),
  ]);
});

test('a gzip cut short: what was whole is imported', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `span ${i}`);
  const whole = gzipSync(names.map((name) => spanLine(name)).join('\n'));
  const path = file(whole.subarray(0, whole.length / 2), 'cut.jsonl.gz');
  const door = await openDoor();
  const { items, faults } = await importInto(door, [path]);
  expect(items.traces).toBeGreaterThan(50);
  expect(namesIn(door)).toEqual(names.slice(0, items.traces));
  expect(faults.report()).toEqual([
    `${path}:${items.traces + 1}: The gzip is cut short here; every whole line before it is imported. Get the file again`,
  ]);
});

test('a gzip damaged in its middle', async () => {
  const packed = gzipSync(Array.from({ length: 200 }, (_, i) => spanLine(`span ${i}`)).join('\n'));
  const middle = packed.length >> 1;
  packed.fill(0xff, middle, middle + 50);
  const door = await openDoor();
  const { items, faults } = await importInto(door, [file(packed, 'bad.gz')]);
  expect(items.traces).toBeGreaterThan(0);
  const sentence = /^\S+bad\.gz:\d+: The file cannot be read on from here .* Get the file again$/;
  expect(faults.report()).toContainEqual(expect.stringMatching(sentence));
});

test.each([
  [
    'UTF-16 with a byte order mark',
    Buffer.from(`\ufeff${spanLine('a')}`, 'utf16le'),
    /^FILE: It is UTF-16.*iconv -f UTF-16/,
  ],
  ['UTF-16 without one', Buffer.from(spanLine('a'), 'utf16le'), /^FILE: It is UTF-16.*iconv/],
  ['zstd', Buffer.from('28b52ffd00', 'hex'), /^FILE: It is packed with zstd.*zstd -d/],
  ['an empty file', Buffer.alloc(0), /^FILE: It is empty/],
  ['Jaeger', Buffer.from('{"data":[{"traceID":"a","spans":[]}]}'), /^FILE:1: It is Jaeger's JSON.*Collector/],
  ['Zipkin', Buffer.from('[{"traceId":"a","localEndpoint":{}}]'), /^FILE:1: It is Zipkin's JSON/],
  ['another JSON', Buffer.from('{"a":1}'), /^FILE:1: It is not OTLP JSON; a line is to be \{"resourceSpans"/],
])('%s', async (_, content, sentence) => {
  expect(await saidOf(file(content), [])).toEqual([expect.stringMatching(sentence)]);
});

test('Latin-1 in one line; a UTF-8 byte order mark is no fault', async () => {
  const latin1 = Buffer.from(`\n${spanLine('caf\u00e9')}\n`, 'latin1');
  const path = file(
    Buffer.concat([Buffer.from(`\ufeff${spanLine('a')}`), latin1, Buffer.from(spanLine('b'))]),
  );
  expect(await saidOf(path, ['a', 'b'])).toEqual([
    expect.stringMatching(/^FILE:2: It is not UTF-8.*iconv -f LATIN1/),
  ]);
});

test('a line of 100 MB is left out without being held', async () => {
  const long = Buffer.alloc(100_000_000, 'x');
  const lines = Buffer.concat([Buffer.from(`${spanLine('a')}\n`), long, Buffer.from(`\n${spanLine('b')}`)]);
  const path = file(gzipSync(lines, { level: 1 }), 'long.jsonl.gz');
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const said = await saidOf(path, ['a', 'b']);
  clearInterval(watch);
  expect(said).toEqual([expect.stringMatching(/^FILE:2: The line has 100 MB, more than 16\.8 MB; .*batch/)]);
  expect(peak - before).toBeLessThan(90e6);
});

test('a folder and a file that is not there', async () => {
  expect(await saidOf(testFolder(), [])).toEqual(['FILE: It is a folder; name the files in it']);
  expect(await saidOf('/no/such/file', [])).toEqual(['FILE: There is no such file; check its name']);
});

test('one value that does not fit is named with its line', async () => {
  const path = file([spanLine('a', 5n, { startTimeUnixNano: '-1' }), spanLine('b')].join('\n'));
  expect(await saidOf(path, ['b'])).toEqual([
    expect.stringMatching(/^FILE:1: It is not OTLP JSON: .*out of range/),
  ]);
});

test('a thousand bad lines are twenty sentences and a count', async () => {
  const path = file(`${'{"resourceSpans":\n'.repeat(1_000)}${spanLine('a')}`);
  const said = await saidOf(path, ['a']);
  expect(said).toHaveLength(21);
  expect(said.at(-1)).toBe('and 980 more');
});
