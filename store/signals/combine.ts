/** From series that were read to what a signal says: pure. */
import { errorBudget } from '../../model/rule.ts';
import type { Labels, Sample, SignalSpec } from '../../model/signal.ts';

/** What was read for one `Read`: its series; `text` says what belongs to the value (a version). */
export interface Series {
  labels: Labels;
  value: number | null;
  count: number;
  text?: string;
}

/** The samples of a signal out of the series of its reads, in the order of `readsOf`. @param t unix ms */
export function combine(spec: SignalSpec, series: readonly (readonly Series[])[], t: number): Sample[] {
  switch (spec.kind) {
    case 'metric':
    case 'spans':
    case 'logs':
    case 'slo':
      return series[0]!.map(({ labels, value, count }) => ({ labels, value, count }));
    case 'ratio':
      return ratio(spec, series[0]!, series[1]!);
    case 'slo_burn':
      return burn(spec, series);
    case 'absent':
      return absent(spec, series, t);
    case 'change':
      return change(spec, series);
    case 'deploy':
      return series[0]!.map((one) => deploy(one, t - spec.within));
    case 'probe':
    case 'rule':
      return [];
  }
}

/** Both are counts of one population: where nothing bad was seen it is 0, not unknown. */
function ratio(
  spec: Extract<SignalSpec, { kind: 'ratio' }>,
  bad: readonly Series[],
  total: readonly Series[],
): Sample[] {
  const badOf = indexed(spec.by, bad);
  return total.map(({ labels, value, count: items }) => {
    const badCount = badOf(labels)?.value ?? 0;
    // A point of a counter is many events; a sampled span is one, however many it stands for.
    const count = spec.total.kind === 'metric' ? (value ?? 0) : items;
    const known = value !== null && value > 0 && count >= spec.minEvents;
    return {
      labels,
      value: known ? finite(badCount / value) : null,
      count,
      details: { bad: badCount, total: value ?? 0 },
    };
  });
}

function burn(
  spec: Extract<SignalSpec, { kind: 'slo_burn' }>,
  series: readonly (readonly Series[])[],
): Sample[] {
  const budget = errorBudget(spec.objective);
  const rate = (place: number) => {
    const total = series[place + 1]![0]?.value ?? null;
    const bad = series[place]![0]?.value ?? 0;
    return total === null || total <= 0 ? null : bad / total / budget;
  };
  let worst: { share: number; place: number; burn: number } | undefined;
  let verdict: boolean | null = false;
  spec.pairs.forEach(({ factor }, i) => {
    const [long, short] = [rate(4 * i), rate(4 * i + 2)];
    if (long !== null && (worst === undefined || long / factor > worst.share))
      worst = { share: long / factor, place: 4 * i, burn: long };
    const pair = both(exceeds(long, factor), exceeds(short, factor));
    if (pair === true) verdict = true;
    else if (pair === null && verdict === false) verdict = null;
  });
  if (worst === undefined) return [];
  const [bad, total] = [series[worst.place]![0], series[worst.place + 1]![0]!];
  return [
    {
      labels: {},
      value: verdict === null ? null : verdict ? 1 : 0,
      count: total.count,
      details: { burn: worst.burn, bad: bad?.value ?? 0, total: total.value ?? 0 },
    },
  ];
}

const exceeds = (rate: number | null, factor: number): boolean | null =>
  rate === null ? null : rate > factor;

function both(a: boolean | null, b: boolean | null): boolean | null {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function absent(
  spec: Extract<SignalSpec, { kind: 'absent' }>,
  series: readonly (readonly Series[])[],
  t: number,
): Sample[] {
  const { by, where, window } = spec.of;
  const last = new Map<string, Series>();
  for (const one of series.flat()) {
    const known = last.get(keyOf(by, one.labels));
    if (known === undefined || one.value! > known.value!) last.set(keyOf(by, one.labels), one);
  }
  const samples = [...last.values()].map(({ labels, value }) => {
    const silent = Math.max(0, t - value! * 1_000);
    return { labels, value: silent >= window ? 1 : 0, count: 1, details: { silent_for: silent } };
  });
  const exact = new Map(
    where.flatMap(({ key, op, values }) => (op === '=' ? [[key, values[0]!] as const] : [])),
  );
  if (samples.length > 0 || by.some((label) => !exact.has(label))) return samples;
  const labels = Object.fromEntries(by.map((label) => [label, exact.get(label)!]));
  return [{ labels, value: 1, count: 0, details: { silent_for: Math.max(spec.lookback, window) } }];
}

/** Before is the mean of the moments that have anything; what is counted and does not come any more is 0 now. */
function change(
  { of, as }: Extract<SignalSpec, { kind: 'change' }>,
  [now, ...past]: readonly (readonly Series[])[],
): Sample[] {
  const isCounted = of.kind === 'metric' ? of.reduce === 'count' : !of.measure.startsWith('p');
  const before = past.map((one) => indexed(of.by, one));
  const current = indexed(of.by, now!);
  const series = new Map([...past.flat(), ...now!].map((one) => [keyOf(of.by, one.labels), one.labels]));
  return [...series.values()].map((labels) => {
    const values = before.flatMap((find) => find(labels)?.value ?? []);
    const mean = values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
    const value = current(labels)?.value ?? (isCounted ? 0 : null);
    const known = value !== null && mean !== null;
    return {
      labels,
      value: known ? finite(as === 'ratio' ? value / mean : value - mean) : null,
      // Without anything to compare with there is no data, however much there is now.
      count: mean === null ? 0 : (current(labels)?.count ?? 0),
      details: { ...(value !== null && { now: value }), ...(mean !== null && { before: mean }) },
    };
  });
}

/** @param after unix ms */
function deploy({ labels, value, count, text }: Series, after: number): Sample {
  const isRecent = value !== null && value * 1_000 > after;
  return { labels, value: isRecent ? 1 : 0, count, details: { version: text ?? '' } };
}

function indexed(by: readonly string[], series: readonly Series[]): (labels: Labels) => Series | undefined {
  if (by.length === 0) return () => series[0];
  const index = new Map(series.map((one) => [keyOf(by, one.labels), one]));
  return (labels) => index.get(keyOf(by, labels));
}

const keyOf = (by: readonly string[], labels: Labels): string =>
  by.map((label) => labels[label] ?? '').join('\uffff');

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
