import { errorBudget } from '../../model/rule.ts';
import type { Labels, Matcher, Reading, Sample, SignalSource, SignalSpec } from '../../model/signal.ts';
import type { ProbeResult } from './notation.ts';
import { type Reduced, reduceSource, weightedQuantile } from './reduce.ts';
import { lastPoint, pointsBetween, project, type Source, selectGroups, type Table } from './table.ts';

const WEEK_MS = 7 * 86_400_000;

interface LocationRuns {
  location: string;
  /** Those that count, by time. */
  runs: { result: string; durationMs: number }[];
}

type Spec<Kind extends SignalSpec['kind']> = Extract<SignalSpec, { kind: Kind }>;

/** A source of readings out of a table: the same answers as the store, see test/rules/signals-contract.ts. */
export function tableSource(table: Table): SignalSource {
  return {
    read: async (signals, t) =>
      new Map([...signals].map(([name, spec]) => [name, readTable(table, spec, t)])),
  };
}

/** One signal at time `t` (unix ms). */
export function readTable(table: Table, spec: SignalSpec, t: number): Reading {
  const samples = samplesOf(table, spec, t).map((sample) =>
    sample.value === null || Number.isFinite(sample.value) ? sample : { ...sample, value: null },
  );
  return { ok: true, samples };
}

function samplesOf(table: Table, spec: SignalSpec, t: number): Sample[] {
  switch (spec.kind) {
    case 'metric':
    case 'spans':
    case 'logs':
    case 'slo':
      return reduceSource(table, spec, t).map(({ key: _, ...sample }) => sample);
    case 'ratio':
      return ratio(table, spec, t);
    case 'slo_burn':
      return [burn(table, spec, t)];
    case 'absent':
      return absent(table, spec, t);
    case 'change':
      return change(table, spec, t);
    case 'probe':
      return probe(table, spec, t);
    case 'deploy':
      return deploy(table, spec, t);
    case 'rule':
      return [];
  }
}

function ratio(table: Table, { bad, total, minEvents }: Spec<'ratio'>, t: number): Sample[] {
  const failed = byKey(reduceSource(table, bad, t));
  return reduceSource(table, total, t).map(({ key, labels, value }) => {
    const of = value ?? 0;
    const failures = failed.get(key)?.value ?? 0;
    const isKnown = of > 0 && of >= minEvents;
    return {
      labels,
      value: isKnown ? failures / of : null,
      count: of,
      details: { bad: failures, total: of },
    };
  });
}

/** A window without events says nothing; what is unknown in one pair does not hide that another burns. */
function burn(table: Table, { objective, bad, total, pairs }: Spec<'slo_burn'>, t: number): Sample {
  const budget = errorBudget(objective);
  const over = (window: number) => {
    const of = reduceSource(table, { ...total, by: [], window }, t)[0]?.value ?? 0;
    const failures = reduceSource(table, { ...bad, by: [], window }, t)[0]?.value ?? 0;
    return { of, failures, rate: of > 0 ? failures / of / budget : null };
  };
  const burns = pairs.map(({ long, short, factor }) => ({ factor, long: over(long), short: over(short) }));
  const truths = burns.map(({ factor, long, short }) => {
    const [a, b] = [long, short].map(({ rate }) => (rate === null ? null : rate > factor));
    return a === false || b === false ? false : a === null || b === null ? null : true;
  });
  const value = truths.includes(true) ? 1 : truths.includes(null) ? null : 0;
  const worst = burns.reduce((one, other) => (excess(other) > excess(one) ? other : one));
  const { of, failures, rate } = worst.long;
  return { labels: {}, value, count: of, details: { burn: rate ?? 0, bad: failures, total: of } };
}

function excess({ factor, long }: { factor: number; long: { rate: number | null } }): number {
  return (long.rate ?? 0) / factor;
}

function absent(table: Table, { of, lookback }: Spec<'absent'>, t: number): Sample[] {
  const samples: Sample[] = [];
  for (const { labels, series } of selectGroups(table, of).values()) {
    const seen = Math.max(...series.map(({ kind, points }) => lastSeen(kind, points, t)));
    if (seen <= t - lookback) continue;
    const silent = t - seen;
    samples.push({ labels, value: silent >= of.window ? 1 : 0, count: 1, details: { silent_for: silent } });
  }
  const exact = exactLabels(of.where, of.by);
  if (samples.length > 0 || exact === undefined) return samples;
  return [{ labels: exact, value: 1, count: 0, details: { silent_for: lookback } }];
}

function lastSeen(kind: string, points: readonly { t: number; value: number }[], t: number): number {
  const real = kind === 'metric' ? points : points.filter(({ value }) => value > 0);
  return lastPoint(real, t)?.t ?? -Infinity;
}

/** The labels that a series must have, when `where` says them all; undefined when it does not. */
function exactLabels(where: readonly Matcher[], by: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (const name of by) {
    const matcher = where.find(({ key, op, values }) => key === name && op === '=' && values.length === 1);
    if (!matcher) return undefined;
    labels[name] = matcher.values[0]!;
  }
  return labels;
}

function change(table: Table, { of, against, as }: Spec<'change'>, t: number): Sample[] {
  const now = byKey(reduceSource(table, of, t));
  const shifts =
    'offset' in against
      ? [against.offset]
      : Array.from({ length: against.sameHourOfWeek }, (_, week) => (week + 1) * WEEK_MS);
  const past = shifts.map((shift) => byKey(reduceSource(table, of, t - shift)));
  const isCounted = of.kind === 'metric' ? of.reduce === 'count' : ['count', 'rate'].includes(of.measure);
  const keys = new Set([...now.keys(), ...past.flatMap((one) => [...one.keys()])]);
  return [...keys].map((key) => {
    const known = past.flatMap((one) => one.get(key)?.value ?? []);
    const before = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
    const current = now.get(key)?.value ?? (isCounted ? 0 : null);
    const { labels } = now.get(key) ?? past.find((one) => one.has(key))!.get(key)!;
    const value =
      current === null || before === null
        ? null
        : as === 'difference'
          ? current - before
          : before === 0
            ? null
            : current / before;
    const details = { ...(current !== null && { now: current }), ...(before !== null && { before }) };
    // Without anything to compare with there is no data, however much there is now.
    return { labels, value, count: before === null ? 0 : (now.get(key)?.count ?? 0), details };
  });
}

function probe(table: Table, spec: Spec<'probe'>, t: number): Sample[] {
  const groups = new Map<string, { labels: Labels; locations: LocationRuns[] }>();
  for (const { probe: name, location, durationMs, runs } of table.probes) {
    if (spec.probe !== '*' && name !== spec.probe) continue;
    const results = countedResults(spec.measure);
    const counted = pointsBetween(runs, t - spec.window, t).filter(({ result }) => results.includes(result));
    if (counted.length === 0) continue;
    const labels = project({ location, probe: name }, spec.by);
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, locations: [] };
    group.locations.push({ location, runs: counted.map(({ result }) => ({ result, durationMs })) });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, locations }) => {
    const runs = locations.flatMap((one) => one.runs);
    const count = runs.length;
    if (spec.measure === 'duration') {
      const good = runs
        .filter(({ result }) => result !== 'F')
        .map((run) => ({ value: run.durationMs, weight: 1 }));
      return { labels, value: weightedQuantile(good, 0.75), count };
    }
    const [{ consecutiveRuns }, bad] =
      'failed' in spec.measure ? [spec.measure.failed, 'F'] : [spec.measure.slow, 'L'];
    const failing = locations
      .filter((one) => {
        const last = one.runs.slice(-consecutiveRuns);
        return last.length === consecutiveRuns && last.every(({ result }) => result === bad);
      })
      .map(({ location }) => location)
      .sort();
    return {
      labels,
      value: failing.length >= spec.locations ? 1 : 0,
      count,
      details: { locations: failing },
    };
  });
}

/** Whether a run was slow is asked of good ones only. */
function countedResults(measure: Spec<'probe'>['measure']): readonly ProbeResult[] {
  return measure !== 'duration' && 'slow' in measure ? ['P', 'L'] : ['P', 'L', 'F'];
}

function deploy(table: Table, spec: Spec<'deploy'>, t: number): Sample[] {
  const source: Source = { kind: 'spans', measure: 'count', where: spec.where, by: spec.by, window: 0 };
  return [...selectGroups(table, source).values()].flatMap(({ labels, series }) => {
    const first = new Map<string, number>();
    for (const one of series) {
      const version = one.labels['service.version'];
      const seen = one.points.find(({ value }) => value > 0)?.t;
      if (!version || seen === undefined || seen > t) continue;
      first.set(version, Math.min(seen, first.get(version) ?? seen));
    }
    const [newest] = [...first].sort(([, a], [, b]) => b - a);
    if (newest === undefined) return [];
    const [version, seen] = newest;
    return [{ labels, value: seen > t - spec.within ? 1 : 0, count: first.size, details: { version } }];
  });
}

function byKey(reduced: readonly Reduced[]): Map<string, Reduced> {
  return new Map(reduced.map((one) => [one.key, one]));
}
