import { randomBytes } from 'node:crypto';
import { Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { formatSize } from '../../base/units.ts';
import type { Signal } from '../../model/otlp.ts';
import type { JournalFiles } from './files.ts';
import { frame, frameBytes, scan } from './frame.ts';
import { type OpenSegment, SegmentWriter } from './writer.ts';

export interface SealedSegment {
  signal: Signal;
  name: string;
  /** Absolute path. */
  path: string;
  /** Deduplication token; the segment's content never changes under it. */
  token: string;
  bytes: number;
  /** Items the wire walk counted: the engine must store as many. */
  items: number;
  /** Unix milliseconds of its first request. */
  since: number;
}

export interface JournalOptions {
  files: JournalFiles;
  signals: readonly Signal[];
  /** A segment is sealed before the engine would need more memory than this for it, in bytes. */
  segmentMemory: number;
  /** Engine memory an approved request will need, estimated, in bytes. */
  engineMemoryFor: (request: Uint8Array, items: number, signal: Signal) => number;
  /** Requests are refused while more than this waits for the engine. */
  budgetBytes: number;
  /** Items in an approved request; needed for segments of an earlier run. */
  countItems: (request: Uint8Array, signal: Signal) => number;
  now: () => number;
  log: Log;
}

/** Signal, order, and randomness: a name is never given twice, so it is the deduplication token as well. */
const NAME = /^(traces|metrics|logs)-(\d{12})-[0-9a-f]{16}\.seg$/;

/**
 * Requests between their acknowledgement and the engine. `append` answers once the bytes are synced; sealed segments
 * wait, oldest first, until the drain removes them.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #writers = new Map<Signal, SegmentWriter>();
  readonly #sealed = new Map<Signal, SealedSegment[]>();
  #sequence: number;
  /** Requests handed to a writer and not yet on disk, in frame bytes. */
  #inFlight = 0;
  #setAside = 0;
  #closed = false;

  private constructor(options: JournalOptions, sequence: number) {
    this.#options = options;
    this.#sequence = sequence;
    for (const signal of options.signals) {
      this.#sealed.set(signal, []);
      this.#writers.set(signal, this.#createWriter(signal));
    }
  }

  /** Opens the journal; what an earlier run left is cut to its whole frames and waits under its old tokens. */
  static async open(options: JournalOptions): Promise<Journal> {
    const order = (name: string) => Number(NAME.exec(name)![2]);
    const names = (await options.files.list())
      .filter((name) => NAME.test(name))
      .sort((a, b) => order(a) - order(b));
    const journal = new Journal(options, Math.max(0, ...names.map(order)));
    for (const name of names)
      if (options.signals.includes(NAME.exec(name)![1] as Signal)) await journal.#recover(name);
    journal.#setAside = await options.files.countSetAside();
    return journal;
  }

  /**
   * Resolves when the request is on the disk.
   * @throws Problem `journal_full` | `journal_failed` | `shutting_down`, all retryable, or `too_heavy`: the request is not
   * stored
   */
  async append(signal: Signal, request: Uint8Array, items: number): Promise<void> {
    if (this.#closed) throw new Problem('shutting_down', 'Loopwatch is stopping', { retryable: true });
    const weight = this.#options.engineMemoryFor(request, items, signal);
    if (weight > this.#options.segmentMemory) throw tooHeavy(weight, items, this.#options.segmentMemory);
    const bytes = frameBytes(request.length);
    if (this.bytes + bytes > this.#options.budgetBytes)
      throw new Problem(
        'journal_full',
        `The journal holds ${formatSize(this.bytes)} that the engine has not taken yet; its budget is ${formatSize(this.#options.budgetBytes)}`,
        { retryable: true },
      );
    this.#inFlight += bytes;
    try {
      await this.#writers.get(signal)!.append(request, items, weight);
    } finally {
      this.#inFlight -= bytes;
    }
  }

  /** The oldest sealed segment of a signal. */
  oldest(signal: Signal): SealedSegment | undefined {
    return this.#sealed.get(signal)![0];
  }

  /** The segment that still grows, if anything is in it. */
  growing(signal: Signal): Readonly<OpenSegment> | undefined {
    const open = this.#writers.get(signal)!.open;
    return open !== undefined && open.bytes > 0 ? open : undefined;
  }

  seal(signal: Signal): Promise<void> {
    return this.#writers.get(signal)!.seal();
  }

  /** The engine has it. */
  async remove(segment: SealedSegment): Promise<void> {
    await this.#options.files.remove(segment.name);
    this.#forget(segment);
  }

  /** The engine cannot take it: kept in `set-aside/`, so that the segments behind it go on. */
  async setAside(segment: SealedSegment): Promise<void> {
    await this.#options.files.setAside(segment.name);
    this.#setAside += 1;
    this.#forget(segment);
  }

  /** Acknowledged bytes the engine does not have yet, and those on their way to the disk. */
  get bytes(): number {
    let sum = this.#inFlight;
    for (const segments of this.#sealed.values()) for (const segment of segments) sum += segment.bytes;
    for (const writer of this.#writers.values()) sum += writer.open?.bytes ?? 0;
    return sum;
  }

  /** Sealed segments of a signal that wait for the engine. */
  segments(signal: Signal): number {
    return this.#sealed.get(signal)!.length;
  }

  /** Unix milliseconds of the oldest request that waits, or null. */
  get waitingSince(): number | null {
    const times: number[] = [];
    for (const signal of this.#options.signals) {
      const first = this.oldest(signal)?.since ?? this.growing(signal)?.since;
      if (first !== undefined) times.push(first);
    }
    return times.length > 0 ? Math.min(...times) : null;
  }

  get setAsideCount(): number {
    return this.#setAside;
  }

  /** Refuses new requests, finishes those under way and seals. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const writer of this.#writers.values()) await writer.seal();
  }

  #createWriter(signal: Signal): SegmentWriter {
    return new SegmentWriter({
      files: this.#options.files,
      maxWeight: this.#options.segmentMemory,
      now: this.#options.now,
      nextName: () =>
        `${signal}-${String(++this.#sequence).padStart(12, '0')}-${randomBytes(8).toString('hex')}.seg`,
      sealed: (segment) => this.#sealed.get(signal)!.push(this.#describe(signal, segment)),
    });
  }

  #describe(signal: Signal, segment: OpenSegment): SealedSegment {
    const path = this.#options.files.pathOf(segment.name);
    return { signal, path, token: segment.name.replace('.seg', ''), ...segment };
  }

  async #recover(name: string): Promise<void> {
    const { files, log, now, countItems } = this.#options;
    const signal = NAME.exec(name)![1] as Signal;
    const content = await files.read(name);
    const { requests, wholeBytes, damaged } = scan(content);
    const kept = damaged ? requests.filter((request) => isApproved(request, signal, countItems)) : requests;
    if (content.length > 0 && kept.length === 0)
      log.warn('Removed a journal segment without a whole request.', {
        segment: name,
        bytes: content.length,
      });
    if (kept.length === 0) return files.remove(name);
    const whole = kept.flatMap(frame);
    const bytes = whole.reduce((sum, buffer) => sum + buffer.length, 0);
    if (damaged) {
      log.error(
        'The disk has damaged a journal segment. It is kept in set-aside/; its whole requests are stored.',
        { segment: name, requests: kept.length },
      );
      await files.salvage(name, whole);
    } else {
      const cut = content.length - wholeBytes;
      if (cut > 0)
        log.warn('Cut the torn end of a journal segment; it was never acknowledged.', { segment: name, cut });
      // Also when nothing is cut: what a killed process had written and not synced may be gone after a power cut, and
      // the engine must never see a second content under one token.
      await files.settle(name, wholeBytes);
    }
    const items = kept.reduce((sum, request) => sum + countItems(request, signal), 0);
    this.#sealed.get(signal)!.push(this.#describe(signal, { name, bytes, items, weight: 0, since: now() }));
  }

  #forget(segment: SealedSegment): void {
    const segments = this.#sealed.get(segment.signal)!;
    segments.splice(segments.indexOf(segment), 1);
  }
}

function tooHeavy(weight: number, items: number, limit: number): Problem {
  return new Problem(
    'too_heavy',
    `The engine would need about ${formatSize(weight)} for this request, more than ${formatSize(limit)}: each of its ${items} items gets a copy of the resource attributes. Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE=512) or shorter resource attributes (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=4096)`,
  );
}

/** Beyond a damaged place a sender's own bytes may look like a frame: only what the door would let in counts. */
function isApproved(request: Uint8Array, signal: Signal, countItems: JournalOptions['countItems']): boolean {
  try {
    return countItems(request, signal) > 0;
  } catch {
    return false;
  }
}
