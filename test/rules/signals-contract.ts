/**
 * What signals mean, as data: every source of readings, the table of rule tests and the store, gives these answers.
 * Series are in the notation of rule tests. Points of metrics lie at their time; spans, records and runs that a value counts
 * happened within the five seconds before it, so that it does not matter on which side a source puts the boundary.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Labels, Sample, SignalSpec } from '../../model/signal.ts';
import type { ContractCase } from './contract/case.ts';
import { COUNTS } from './contract/counts.ts';
import { OTHERS } from './contract/others.ts';
import { POINTS } from './contract/points.ts';
import { SHARES } from './contract/shares.ts';
import { load, problemsOf } from './make-rule.ts';

/** Times of inputs count from here; a Thursday, and a multiple of every window. */
export const CONTRACT_START = Date.parse('2026-01-15T09:00:00Z');
/** Percentiles of durations come from buckets of an exponential histogram, scale 3. */
export const DURATION_TOLERANCE = 0.05;

export const CONTRACT: readonly ContractCase[] = [...COUNTS, ...POINTS, ...SHARES, ...OTHERS];

const SLO = `slos:
  - { name: s, objective: 99.9%, bad: { spans: count, where: { status: error } }, total: { spans: count } }`;

/** The spec of a signal as it is written in a file. */
export function specOf(signal: string): SignalSpec {
  const { set } = load({
    'a.yaml': `name: a\nsignals: { x: ${signal} }\nif: { rule: b }`,
    'b.yaml': 'name: b\nsignals: { x: { spans: count, window: 5s } }\nif: { signal: x, gt: 0 }',
    's.yaml': SLO,
  });
  const spec = set.rules.find(({ name }) => name === 'a')?.signals.x;
  if (spec === undefined) throw new Error(problemsOf(set).join('\n'));
  return spec;
}

/**
 * What a source says otherwise than the contract, in words; empty when it agrees.
 * @param tolerance relative, of values; for sources that count in buckets
 */
export function differences(one: ContractCase, samples: readonly Sample[], tolerance = 1e-6): string[] {
  const keyOf = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());
  const left = new Map(samples.map((sample) => [keyOf(sample.labels), sample]));
  const found: string[] = [];
  for (const { labels = {}, value, details = {} } of one.expected) {
    const sample = left.get(keyOf(labels));
    left.delete(keyOf(labels));
    if (sample === undefined) {
      found.push(`there is none with ${JSON.stringify(labels)}`);
      continue;
    }
    if (!isNear(sample.value, value, tolerance)) found.push(`the value is ${sample.value}, not ${value}`);
    for (const [name, wanted] of Object.entries(details)) {
      const got = sample.details?.[name];
      const isSame =
        typeof wanted === 'number' ? isNear(got, wanted, tolerance) : isDeepStrictEqual(got, wanted);
      if (!isSame) found.push(`${name} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
    }
  }
  for (const { labels, value, count } of left.values())
    if (value !== 0 && (value !== null || count !== 0))
      found.push(`there is ${value} (${count}) with ${JSON.stringify(labels)}`);
  return found;
}

function isNear(got: unknown, wanted: number | null, tolerance: number): boolean {
  if (wanted === null || typeof got !== 'number') return got === wanted;
  return Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
}
