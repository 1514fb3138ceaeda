/** What rules look at: signals as they are after loading, and the readings a data source gives for them at one moment. */

/** Label values are strings as in Prometheus; an absent label is an absent key. */
export type Labels = Readonly<Record<string, string>>;

/** One condition on a label: true when any of `values` matches (`=`, `=~`) or none does (`!=`, `!~`; RE2, anchored). */
export interface Matcher {
  key: string;
  op: '=' | '!=' | '=~' | '!~';
  values: readonly string[];
}

/** What series a signal reads, over the window (t − window, t]. */
export interface Selection {
  where: readonly Matcher[];
  /** One series, and with it one instance of the rule, for each set of values of these labels. */
  by: readonly string[];
  /** Milliseconds. */
  window: number;
}

/** `rate` is per second; `pNN` are quantiles, of point values or merged from histogram buckets. */
export type Reduction = 'avg' | 'min' | 'max' | 'sum' | 'last' | 'count' | 'increase' | 'rate' | `p${number}`;

export interface MetricSource {
  kind: 'metric';
  metric: string;
  reduce: Reduction;
}

/** Spans of servers and consumers unless `where` names a kind; probes only where `where` names `probe`. Durations in ms. */
export interface SpanSource {
  kind: 'spans';
  measure: 'count' | 'rate' | `p${number}`;
}

export interface LogSource {
  kind: 'logs';
  measure: 'count' | 'rate';
}

/** Transactions of a promise as they were counted, by minute; `where` names the promise and its definition. */
export interface SloSource {
  kind: 'slo';
  measure: 'bad' | 'valid';
}

/** A number out of telemetry: source and selection. */
export type SeriesSpec = (MetricSource | SpanSource | LogSource | SloSource) & Selection;

/**
 * A signal gives each series a number, or null where nothing can be said. Signals that are themselves yes or no
 * (`probe`, `absent`, `deploy`, `slo_burn`, `rule`) give 1 or 0.
 */
export type SignalSpec =
  | SeriesSpec
  | {
      kind: 'ratio';
      bad: SeriesSpec;
      total: SeriesSpec;
      window: number;
      by: readonly string[];
      /** With fewer events in `total` the signal is unknown. */
      minEvents: number;
    }
  /** Multi-window multi-burn-rate (SRE workbook, ch. 5): any pair burns faster than its factor in both windows. */
  | {
      kind: 'slo_burn';
      slo: string;
      /** Of the SLO, so that a source needs nothing else: decimal string in (0, 1), bad and valid events. */
      objective: string;
      bad: SeriesSpec;
      total: SeriesSpec;
      pairs: readonly BurnPair[];
    }
  /** 1 for every series seen within `lookback` that is silent for longer than the window; also when none was ever seen and `where` is exact. */
  | { kind: 'absent'; of: SeriesSpec; lookback: number }
  /** Now against the past: `ratio` is now / before, `difference` now − before. */
  | {
      kind: 'change';
      of: SeriesSpec;
      against: { offset: number } | { sameHourOfWeek: number };
      as: 'ratio' | 'difference';
    }
  | ProbeSignal
  | { kind: 'rule'; rule: string; state: 'pending' | 'firing' | 'inactive' }
  /** 1 when a `service.version` was seen for the first time within the time; `details.version` names it. */
  | { kind: 'deploy'; where: readonly Matcher[]; by: readonly string[]; within: number };

export interface BurnPair {
  /** Milliseconds. */
  long: number;
  short: number;
  factor: number;
}

/**
 * Runs of a probe: failing or slower than promised in enough locations, or how long they take. Skipped and own-fault runs do not count; of
 * tainted ones neither the duration nor an expectation of a journey that was not met.
 */
export interface ProbeSignal {
  kind: 'probe';
  /** `*` is every probe. */
  probe: string;
  window: number;
  /** Of `probe` and `location`. */
  by: readonly string[];
  /**
   * `failed`, `slow`: 1 when in ≥ `locations` locations the last `consecutiveRuns` runs failed, or passed and broke a
   * threshold of their definition; `duration`: p75 of good runs in ms.
   */
  measure: { failed: Consecutive } | { slow: Consecutive } | 'duration';
  locations: number;
}

interface Consecutive {
  consecutiveRuns: number;
}

/**
 * The labels that tell the series of a signal apart, and with them the instances of its rule.
 * A burn rate and the state of a rule are one series each.
 */
export function labelsOfSignal(spec: SignalSpec): readonly string[] {
  if (spec.kind === 'slo_burn' || spec.kind === 'rule') return [];
  return spec.kind === 'absent' || spec.kind === 'change' ? spec.of.by : spec.by;
}

/**
 * What each kind of signal tells beside its value; templates may name these and nothing else. `locations` is a list,
 * `version` a text, the others are numbers: events, values, burn rates (1 uses the budget up exactly), milliseconds.
 * `burn` is of the long window of the pair that burns fastest against its factor, `silent_for` is null-free: a series
 * that was never seen is silent for the whole look-back.
 */
export const DETAILS: Readonly<Record<SignalSpec['kind'], readonly string[]>> = {
  metric: [],
  spans: [],
  logs: [],
  slo: [],
  ratio: ['bad', 'total'],
  slo_burn: ['burn', 'bad', 'total'],
  absent: ['silent_for'],
  change: ['now', 'before'],
  probe: ['locations'],
  rule: [],
  deploy: ['version'],
};

/** One series of a signal at one moment. */
export interface Sample {
  labels: Labels;
  /** Null: unknown. Never NaN or ±Inf. */
  value: number | null;
  /** Events or points it rests on. */
  count: number;
  /** Things worth telling beside the value, see `DETAILS`. */
  details?: Readonly<Record<string, string | number | readonly string[]>>;
}

/** What a signal gave at one moment; `error` when its query failed (unknown for all instances), with the reason. */
export type Reading = { ok: true; samples: readonly Sample[] } | { ok: false; error: string };

/** Where readings come from: the store live, the same store for a replay, a table of numbers in a rule test. */
export interface SignalSource {
  /**
   * Reads many signals at once at grid time `t` (unix ms): the same answer whenever it is asked. One failing signal
   * fails alone. `rule` signals are not asked for here.
   */
  read(signals: ReadonlyMap<string, SignalSpec>, t: number): Promise<ReadonlyMap<string, Reading>>;
}
