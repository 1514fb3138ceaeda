/** The short notation of series in rule tests: promtool's for numbers, and the same for runs of probes. */
import { Problem } from '../../base/errors.ts';

const MOST_VALUES = 100_000;
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|Inf|NaN)';
const TERM = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER.replace('[+-]?', '')}))?(?:x(\\d+))?$`);
const RESULT = /^([PFLSTX_])(?:x(\d+))?$/;

/** `P` passed, `L` passed later than a threshold, `F` failed, `S` skipped, `T` not what was expected on a busy machine, `X` failed by the probe's own fault. */
export type ProbeResult = 'P' | 'L' | 'F' | 'S' | 'T' | 'X';

/**
 * `a+bxn` is a, a+b, … a+n·b (n+1 values); `axn` is a, n+1 times; `_` nothing, `_xn` nothing n times, as in promtool.
 * Null where there is nothing.
 * @throws Problem `invalid_series`
 */
export function expandNumbers(text: string): (number | null)[] {
  const values: (number | null)[] = [];
  for (const term of terms(text)) {
    const gap = /^_(?:x(\d+))?$/.exec(term);
    if (gap) {
      repeat(values, Number(gap[1] ?? 1), () => null);
      continue;
    }
    const match = TERM.exec(term);
    if (!match) throw invalid(term, 'a number, 0+100x60 (61 values), 5x3 (4 values) or _');
    const [, first, sign, step, times] = match;
    if (step !== undefined && times === undefined)
      throw invalid(term, 'complete: it lacks "x" and how many times');
    const [from, by] = [numberOf(first!), step === undefined ? 0 : numberOf(step) * (sign === '-' ? -1 : 1)];
    repeat(values, Number(times ?? 0) + 1, (i) => (by === 0 ? from : from + i * by));
  }
  return values;
}

/** `P Fx14 Px15`: as numbers, so `Fx14` are 15 failed runs; `_` is no run. @throws Problem `invalid_series` */
export function expandResults(text: string): (ProbeResult | null)[] {
  const results: (ProbeResult | null)[] = [];
  for (const term of terms(text)) {
    const [, letter, times] = RESULT.exec(term) ?? [];
    if (letter === undefined) throw invalid(term, 'one of P, L, F, S, T, X, _, also many times like Fx14');
    const isGap = letter === '_';
    repeat(results, isGap ? Number(times ?? 1) : Number(times ?? 0) + 1, () =>
      isGap ? null : (letter as ProbeResult),
    );
  }
  return results;
}

export interface SeriesName {
  name: string;
  labels: Readonly<Record<string, string>>;
}

/** `spans{service.name="checkout",status="error"}`; in values `\"` and `\\`. @throws Problem `invalid_series` */
export function parseSeries(text: string): SeriesName {
  const match = /^([\w./:-]+)(?:\{(.*)\})?$/s.exec(text.trim());
  if (!match)
    throw new Problem('invalid_series', `"${text}" is not a series like spans{service.name="checkout"}`);
  const labels: Record<string, string> = {};
  let rest = (match[2] ?? '').trim();
  while (rest !== '') {
    const label = /^([a-zA-Z_][\w./-]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|$)/s.exec(rest);
    if (!label)
      throw new Problem('invalid_series', `the labels of "${text}" are not written like {a="b",c="d"}`);
    labels[label[1]!] = label[2]!.replace(/\\(.)/gs, '$1');
    rest = rest.slice(label[0].length);
  }
  return { name: match[1]!, labels };
}

function terms(text: string): string[] {
  return text.trim().split(/\s+/).filter(Boolean);
}

function repeat<T>(values: T[], times: number, make: (i: number) => T): void {
  if (values.length + times > MOST_VALUES)
    throw new Problem('invalid_series', `a series has at most ${MOST_VALUES} values`);
  for (let i = 0; i < times; i++) values.push(make(i));
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function invalid(term: string, wanted: string): Problem {
  return new Problem('invalid_series', `"${term}" is not ${wanted}`);
}
