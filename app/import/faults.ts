/** What was left out: bounded, each with its file, its line and the way out. */
import type { Signal } from '../../model/otlp.ts';
import type { Delivered } from './deliver.ts';

/** What one item of a signal is called. */
export const NOUNS: Readonly<Record<Signal, string>> = {
  traces: 'span',
  metrics: 'data point',
  logs: 'log record',
};

/** The rest is only counted. */
const TOLD = 20;

interface Refusal {
  file: string;
  first: number;
  last: number;
  items: number;
  noun: string;
  reason: string;
}

/** Collects what was left out. */
export class Faults {
  readonly #files: string[] = [];
  readonly #lines: string[] = [];
  #count = 0;
  readonly #refusals = new Map<string, Refusal>();

  /** Lines, files and kinds of refusals. */
  get count(): number {
    return this.#count;
  }

  /**
   * @param line 0: the whole file
   * @param isRest nothing of the file follows: told before what is wrong with single lines
   */
  add(file: string, line: number, problem: string, isRest = false): void {
    this.#count += 1;
    const list = isRest ? this.#files : this.#lines;
    if (list.length < TOLD) list.push(`${file}${line > 0 ? `:${line}` : ''}: ${problem}`);
  }

  /** The door refused some of a batch; the same reason for the same file is told once. */
  refused({ batch, refused, reason }: Delivered): void {
    if (refused === 0 && reason === '') return;
    for (const [file, parts] of Map.groupBy(batch, (part) => part.file)) {
      const lines = parts.map((part) => part.line);
      const share = batch.length === parts.length ? refused : 0;
      const key = `${file}\n${batch[0]!.signal}\n${reason.replace(/\d+/g, '#')}`;
      const known = this.#refusals.get(key) ?? {
        file,
        first: Number.POSITIVE_INFINITY,
        last: 0,
        items: 0,
        noun: NOUNS[batch[0]!.signal],
        reason,
      };
      if (known.last === 0) this.#count += 1;
      known.first = Math.min(known.first, ...lines);
      known.last = Math.max(known.last, ...lines);
      known.items += share;
      this.#refusals.set(key, known);
    }
  }

  /** A line for each, at most twenty and one that counts the rest. */
  report(): string[] {
    const refusals = [...this.#refusals.values()].map(describe);
    const told = [...refusals, ...this.#files, ...this.#lines].slice(0, TOLD);
    const rest = this.#count - told.length;
    return rest > 0 ? [...told, `and ${rest} more`] : told;
  }
}

function describe({ file, first, last, items, noun, reason }: Refusal): string {
  const where = first === last ? `${file}:${first}` : `${file}, lines ${first} to ${last}`;
  const count = items === 0 ? '' : `${items} ${noun}${items === 1 ? '' : 's'} refused: `;
  return `${where}: ${count}${withoutCount(reason)}`;
}

/** The door counts by request, `5 spans were not stored: 5 older than …`; with one reason only, the whole count stands before it. */
function withoutCount(reason: string): string {
  const why = /^\d+ [a-z ]+ not stored: \d+ (.+)$/.exec(reason)?.[1];
  return why === undefined || /, \d+ /.test(why) ? reason : why;
}
