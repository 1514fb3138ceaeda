/** Tools of the journal's tests: journals on a disk in memory, and an engine that only keeps what it was handed. */
import { expect } from 'vitest';
import { frameBytes, scan } from '../../collector/journal/frame.ts';
import { Journal, type JournalOptions, type SealedSegment } from '../../collector/journal/journal.ts';
import type { Disk } from '../helpers/disk.ts';
import { type Logged, recordingLog } from '../helpers/log.ts';

export const SIGNAL = 'traces';

export interface TestJournal {
  journal: Journal;
  log: Logged[];
}

/** A journal on this disk; each request counts as one item unless said otherwise. */
export async function openJournal(disk: Disk, options: Partial<JournalOptions> = {}): Promise<TestJournal> {
  const log = recordingLog();
  const journal = await Journal.open({
    files: disk.files(),
    signals: [SIGNAL],
    segmentMemory: 2 ** 20,
    budgetBytes: 2 ** 30,
    countItems: () => 1,
    engineMemoryFor: (request) => frameBytes(request.length),
    now: () => 1_000,
    log,
    ...options,
  });
  return { journal, log: log.lines };
}

/** A request with a name of its own. */
export const named = (name: string, bytes = 20): Buffer => Buffer.from(name.padEnd(bytes, '.'));

/** The requests a file holds, by their names. */
export const namesIn = (content: Uint8Array): string[] =>
  scan(content).requests.map((request) => Buffer.from(request).toString().replace(/\.+$/, ''));

/** The sealed segments, oldest first, taken out one by one. */
export async function* takeAll(journal: Journal): AsyncGenerator<SealedSegment> {
  for (let segment = journal.oldest(SIGNAL); segment; segment = journal.oldest(SIGNAL)) {
    yield segment;
    await journal.remove(segment);
  }
}

/** What an engine with a deduplication window has: the content of each token, once and for ever the same. */
export class TokenStore {
  readonly byToken = new Map<string, string[]>();

  take(segment: SealedSegment, content: Uint8Array, context: string): void {
    const names = namesIn(content);
    expect(content.length, `bytes of ${segment.name}, ${context}`).toBe(segment.bytes);
    expect(names.length, `items of ${segment.name}, ${context}`).toBe(segment.items);
    const known = this.byToken.get(segment.token);
    if (known) expect(names, `the content under ${segment.token} has changed, ${context}`).toEqual(known);
    else this.byToken.set(segment.token, names);
  }

  get names(): string[] {
    return [...this.byToken.values()].flat();
  }
}
