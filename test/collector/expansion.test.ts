import { expect, test } from 'vitest';
import { traceRequests } from '../../bench/workload/traces.ts';
import { engineMemoryFor } from '../../collector/wire/expansion.ts';
import { Disk } from '../helpers/disk.ts';
import { named, openJournal, SIGNAL } from './journal.ts';

/** Length-delimited field; lengths below 2^28. */
function field(number: number, content: Buffer): Buffer {
  const bytes: number[] = [(number << 3) | 2];
  let rest = content.length;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Buffer.concat([Buffer.from([...bytes, rest]), content]);
}

test('a request whose spans each get a copy of a huge resource weighs what the engine would need for it', () => {
  const resource = field(1, field(1, Buffer.alloc(1_000_000)));
  const spans = field(2, Buffer.concat(Array.from({ length: 20_000 }, () => field(2, Buffer.alloc(50)))));
  const request = field(1, Buffer.concat([resource, spans]));
  const gib = engineMemoryFor(request, 20_000, 'traces') / 2 ** 30;
  // Measured: the engine asked for 19.5 GiB.
  expect(gib).toBeGreaterThan(19.5);
  expect(gib).toBeLessThan(40);
});

test('an ordinary request weighs about a dozen times its bytes', () => {
  const { body, items } = traceRequests({ seed: 1, spansPerRequest: 512, startAt: 0 }).next().value;
  const times = engineMemoryFor(body, items, 'traces') / body.length;
  expect(times).toBeGreaterThan(10);
  expect(times).toBeLessThan(20);
});

test('a request that the engine could never take is refused with the way out, and its neighbours are stored', async () => {
  const engineMemory = (request: Uint8Array) => request.length * 1_000;
  const { journal } = await openJournal(new Disk(), { segmentMemory: 50_000, engineMemoryFor: engineMemory });
  const [heavy, light] = await Promise.allSettled([
    journal.append(SIGNAL, named('heavy', 60), 1),
    journal.append(SIGNAL, named('light', 20), 1),
  ]);
  expect(heavy).toMatchObject({ status: 'rejected', reason: { code: 'too_heavy', retryable: false } });
  expect(light.status).toBe('fulfilled');
});

test('a segment ends before the engine would need more memory for it than it has', async () => {
  const { journal } = await openJournal(new Disk(), { segmentMemory: 100, engineMemoryFor: () => 40 });
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => journal.append(SIGNAL, named(name), 1)));
  await journal.seal(SIGNAL);
  const sizes: number[] = [];
  for (let segment = journal.oldest(SIGNAL); segment; segment = journal.oldest(SIGNAL)) {
    sizes.push(segment.items);
    await journal.remove(segment);
  }
  expect(sizes).toEqual([2, 2, 1]);
});
