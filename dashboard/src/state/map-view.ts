/** The map's own part of the URL: what is chosen, at which moment, against which. */
import { boundAt } from './range.ts';

export interface MapChoice {
  /** Node that is chosen, or ''. */
  focus: string;
  /** Steps up and down from it that stay lit; 0 for all. */
  depth: number;
  /** Unix milliseconds of the end of the part that is shown; null for all of the range. */
  at: number | null;
  diff: number | null;
  /** Edge that is open, or ''. */
  caller: string;
  callee: string;
}

const MOST_STEPS = 9;

export function mapChoiceOf(params: URLSearchParams, now: number): MapChoice {
  const depth = Number(params.get('depth'));
  const time = (name: string) => {
    const text = params.get(name);
    return text === null ? null : boundAt(text, now);
  };
  return {
    focus: params.get('focus') ?? '',
    depth: Number.isInteger(depth) && depth > 0 && depth <= MOST_STEPS ? depth : 0,
    at: time('at'),
    diff: time('diff'),
    caller: params.get('caller') ?? '',
    callee: params.get('callee') ?? '',
  };
}

/** Steps of the slider: whole minutes, about a twelfth of the range. */
export function sliderStep(range: { from: number; to: number }): number {
  return Math.max(60_000, Math.ceil((range.to - range.from) / 12 / 60_000) * 60_000);
}

/** `service:cart` → `cart`, `database:postgresql/orders` → `postgresql/orders`. */
export function nodeWords(id: string): string {
  return id.slice(id.indexOf(':') + 1).replace(/\/$/, '');
}

/** What is said of a chosen node: who depends on it and on what it depends. */
export function dependencySentence(
  name: string,
  upstream: ReadonlySet<string>,
  downstream: ReadonlySet<string>,
  entries: readonly string[],
): string {
  const things = (set: ReadonlySet<string>, one: string, many: string) =>
    set.size === 0 ? 'Nothing' : `${set.size} ${set.size === 1 ? one : many}`;
  const from =
    entries.length === 0
      ? ''
      : `, from ${entries.length === 1 ? entries[0] : `${entries.length} entries`} on`;
  const on = downstream.size === 0 ? 'nothing' : String(downstream.size);
  return `${things(upstream, 'node depends', 'nodes depend')}${upstream.size === 0 ? ' depends' : ''} on ${name}${from}; it depends on ${on}.`;
}
