/** Signals taken apart: what has to be read for one, as plain series at one moment. */
import type { Matcher, SeriesSpec, SignalSpec } from '../../model/signal.ts';
import type { Source } from './labels.ts';

/** One series of numbers, grouped by labels, over (at − window, at]. */
export interface Read {
  source: Source;
  /** '' but for metrics. */
  metric: string;
  /** Of the series, or `seen`: the time of the newest item in the window, unix seconds. */
  measure: string;
  where: readonly Matcher[];
  by: readonly string[];
  /** Milliseconds. */
  window: number;
  /** It is read as of this long before t, milliseconds. */
  before: number;
  /** It is read as of the last full multiple of this, and kept until the next: for what changes slowly and costs much. */
  every: number;
}

/** A sixth of the shortest look-back that is read coarsely: long enough to cost nothing, short enough to be forgotten. */
const SEEN_EVERY_MS = 300_000;
/** Up to here one reading of the fine rollup is cheap. */
const FINE_LOOKBACK_MS = 900_000;
const WEEK_MS = 604_800_000;

/** What `absent` needs: when each series was seen last, finely for the last minutes and coarsely before. */
export function seenReads({ of, lookback }: Extract<SignalSpec, { kind: 'absent' }>): Read[] {
  const seen = { ...seriesRead(of), measure: 'seen' };
  if (lookback <= FINE_LOOKBACK_MS) return [{ ...seen, window: Math.max(lookback, of.window) }];
  const recent = Math.max(of.window, 2 * SEEN_EVERY_MS);
  return [
    { ...seen, window: recent },
    { ...seen, window: Math.max(lookback, of.window), every: SEEN_EVERY_MS },
  ];
}

/** The moments that `change` compares now with, as milliseconds before. */
export function offsetsOf(against: Extract<SignalSpec, { kind: 'change' }>['against']): number[] {
  if ('offset' in against) return [against.offset];
  return Array.from({ length: against.sameHourOfWeek }, (_, week) => (week + 1) * WEEK_MS);
}

/** The plain read of a series. */
export function seriesRead(spec: SeriesSpec, window = spec.window): Read {
  return {
    source: spec.kind,
    metric: spec.kind === 'metric' ? spec.metric : '',
    measure: spec.kind === 'metric' ? spec.reduce : spec.measure,
    where: spec.where,
    by: spec.by,
    window,
    before: 0,
    every: 0,
  };
}

/** When versions of services were seen first. */
export function deployRead({ where, by }: Extract<SignalSpec, { kind: 'deploy' }>): Read {
  return { source: 'deploys', metric: '', measure: 'first', where, by, window: 0, before: 0, every: 0 };
}

/** All reads of a signal, in the order in which `combine` takes their results. */
export function readsOf(spec: SignalSpec): Read[] {
  switch (spec.kind) {
    case 'metric':
    case 'spans':
    case 'logs':
    case 'slo':
      return [seriesRead(spec)];
    case 'ratio':
      return [seriesRead(spec.bad, spec.window), seriesRead(spec.total, spec.window)].map((read) => ({
        ...read,
        by: spec.by,
      }));
    case 'slo_burn':
      return spec.pairs.flatMap(({ long, short }) =>
        [long, short].flatMap((window) =>
          [spec.bad, spec.total].map((series) => ({ ...seriesRead(series, window), by: [] })),
        ),
      );
    case 'absent':
      return seenReads(spec);
    case 'change':
      return [0, ...offsetsOf(spec.against)].map((before) => ({ ...seriesRead(spec.of), before }));
    case 'deploy':
      return [deployRead(spec)];
    case 'probe':
    case 'rule':
      return [];
  }
}

/** Two reads with the same key give the same. */
export function readKey(read: Read): string {
  const where = read.where.map(({ key, op, values }) => [key, op, ...values]);
  return JSON.stringify([
    read.source,
    read.metric,
    read.measure,
    where,
    read.by,
    read.window,
    read.before,
    read.every,
  ]);
}
