/** What a release changed: every number of a service and its neighbours before and after, and what may be said of it. */
import { quantileOf } from './filling.ts';
import type { Red, TimeRange } from './service.ts';

export const MEASURES = ['requests', 'errors', 'apdex', 'p50', 'p95', 'p99', 'used'] as const;
export type Measure = (typeof MEASURES)[number];

/** `more` and `less` of requests, which is neither good nor bad; `unknown`: too little traffic on a side. */
export type Word = 'better' | 'worse' | 'same' | 'more' | 'less' | 'unknown';

export interface Change {
  measure: Measure;
  /** Name of the resource; '' for all else. */
  resource: string;
  /** Requests per minute, shares 0..1, milliseconds. */
  before: number | null;
  after: number | null;
  /** A change up to this is chance; in the unit of the values. */
  noise: number;
  word: Word;
}

export interface ServiceImpact {
  service: string;
  role: 'released' | 'caller' | 'callee';
  /** Requests on each side, from which the rest is said. */
  requests: { before: number; after: number };
  changes: Change[];
}

export interface Verdict {
  word: 'better' | 'worse' | 'mixed' | 'same' | 'unknown';
  /** What carries it, the largest change first; of the released service. */
  changes: Change[];
}

export interface ReleaseView {
  service: string;
  version: string;
  /** The version before it; '' where none is known. */
  previous: string;
  /** Unix ms at which it was first seen. */
  at: number;
  /** An older version has served since and this one no more. */
  undone: boolean;
  verdict: Verdict;
}

export interface ReleasesView {
  /** Newest first. */
  releases: ReleaseView[];
}

export interface ImpactView extends ReleaseView {
  before: TimeRange;
  after: TimeRange;
  /** The released service first, then its callers and callees, the busiest first. */
  services: ServiceImpact[];
}

/** Sums of a window: those of the whole, and of each of its slots. */
export interface Window {
  total: Sample;
  slots: readonly Sample[];
}
export interface Sample extends Red {
  /** 0..1, null without requests. */
  apdex: number | null;
  /** Length in minutes. */
  minutes: number;
}

/** Fewer requests on a side say nothing. */
const LEAST_REQUESTS = 50;
const LEAST_CHANGE = 0.05;
const WIDTH = 3;
/** Latencies come from buckets that are 9 % wide (2^(1/8)), so the next one may be the same time. */
const BUCKET = 0.0906;
/** Of its limit. */
const LEAST_USE = 0.05;
/** What decides the verdict; the other measures follow from these. */
const DECISIVE: readonly Measure[] = ['errors', 'apdex', 'p95'];
const HIGHER_IS_BETTER: readonly Measure[] = ['apdex'];

/** How each number of a service changed. */
export function changesOf(before: Window, after: Window): Change[] {
  const enough = before.total.requests >= LEAST_REQUESTS && after.total.requests >= LEAST_REQUESTS;
  return (['requests', 'errors', 'apdex', 'p50', 'p95', 'p99'] as const).map((measure) => {
    const of = (sample: Sample) => measured(sample, measure);
    const spread = WIDTH * mad(before.slots.flatMap((slot) => of(slot) ?? []));
    const noise = Math.max(spread, leastNoise(measure, before.total, after.total));
    return changeOf(measure, of(before.total), of(after.total), noise, enough || measure === 'requests');
  });
}

/** How the use of a resource changed. @param before use by slot, 0..1, as `after` */
export function useChange(resource: string, before: readonly number[], after: readonly number[]): Change {
  const change = changeOf(
    'used',
    quantileOf(before, 0.95),
    quantileOf(after, 0.95),
    Math.max(LEAST_USE, WIDTH * mad(before)),
    before.length > 2 && after.length > 2,
  );
  return { ...change, resource };
}

/** |Δ| must be more than 5 % of what was before, and more than the noise. */
export function changeOf(
  measure: Measure,
  before: number | null,
  after: number | null,
  noise: number,
  enough: boolean,
): Change {
  return { measure, resource: '', before, after, noise, word: wordOf() };

  function wordOf(): Word {
    if (before === null || after === null || !enough) return 'unknown';
    if (Math.abs(after - before) <= Math.max(LEAST_CHANGE * Math.abs(before), noise)) return 'same';
    if (measure === 'requests') return after > before ? 'more' : 'less';
    return after > before === HIGHER_IS_BETTER.includes(measure) ? 'better' : 'worse';
  }
}

/** By errors, Apdex and p95 of the released service; where none of them is known nobody can say. */
export function verdictOf(changes: readonly Change[]): Verdict {
  const decisive = changes.filter(({ measure }) => DECISIVE.includes(measure));
  const known = decisive.filter(({ word }) => word !== 'unknown');
  const moved = known.filter(({ word }) => word !== 'same').toSorted((a, b) => size(b) - size(a));
  const has = (word: Word) => moved.some((change) => change.word === word);
  if (known.length === 0) return { word: 'unknown', changes: [] };
  if (moved.length === 0) return { word: 'same', changes: [] };
  const word = has('worse') ? (has('better') ? 'mixed' : 'worse') : 'better';
  return { word, changes: moved };
}

function measured(sample: Sample, measure: Exclude<Measure, 'used'>): number | null {
  if (measure === 'requests') return sample.requests / sample.minutes;
  if (measure === 'errors') return sample.requests > 0 ? sample.errors / sample.requests : null;
  return sample[measure];
}

function size({ before, after }: Change): number {
  return Math.abs(after! - before!) / Math.max(Math.abs(before!), 1e-3);
}

/** Median absolute deviation; 0 of fewer than three values. */
function mad(values: readonly number[]): number {
  if (values.length < 3) return 0;
  const middle = quantileOf(values, 0.5)!;
  return quantileOf(
    values.map((value) => Math.abs(value - middle)),
    0.5,
  )!;
}

/** What cannot be seen even if nothing varies: chance in shares, a bucket's width in latencies. */
function leastNoise(measure: Measure, before: Sample, after: Sample): number {
  if (measure === 'errors') return chance(before, after);
  return measure === 'p50' || measure === 'p95' || measure === 'p99' ? BUCKET * (before[measure] ?? 0) : 0;
}

/** How much two shares of failures may differ by chance: three standard errors of the pooled share (two-proportion z-test). */
function chance(before: Red, after: Red): number {
  const share = (before.errors + after.errors) / Math.max(1, before.requests + after.requests);
  const inverse = 1 / Math.max(1, before.requests) + 1 / Math.max(1, after.requests);
  return WIDTH * Math.sqrt(share * (1 - share) * inverse);
}
