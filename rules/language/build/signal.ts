/** Signals: from their form in the file to what is read. */
import type {
  LogSource,
  MetricSource,
  ProbeSignal,
  SeriesSpec,
  SignalSpec,
  SpanSource,
} from '../../../model/signal.ts';
import type { EventsForm, SeriesForm, SignalForm } from '../forms/signal.ts';
import { ms } from '../forms/values.ts';
import { buildMatchers } from './matchers.ts';
import { type Known, refer, type Say } from './say.ts';

/** Windows end on this grid, and are read from sums of it. */
export const GRID_MS = 5_000;
const LONGEST_WINDOW_MS = 90 * 86_400_000;
const DAY_MS = 86_400_000;
const KINDS = [
  'metric',
  'spans',
  'logs',
  'ratio',
  'slo_burn',
  'absent',
  'change',
  'probe',
  'rule',
  'deploy',
] as const;
/** SRE workbook, table 5-8: burns 2 % of a 30-day budget in 1 h, 5 % in 6 h, 10 % in 1 d and in 3 d. */
const BURN_PAIRS = [
  { long: 3_600_000, short: 300_000, factor: 14.4 },
  { long: 6 * 3_600_000, short: 1_800_000, factor: 6 },
  { long: DAY_MS, short: 2 * 3_600_000, factor: 3 },
  { long: 3 * DAY_MS, short: 6 * 3_600_000, factor: 1 },
];
/** Anything that breaks a signal so far that no spec can be made of it has been told of. */
type Built = SignalSpec | undefined;
type Path = (string | number)[];
type Whole = Pick<SeriesForm, 'by' | 'window'>;

/** One signal with its defaults filled in; undefined when it cannot be understood, which has been told of then. */
export function buildSignal(form: SignalForm, path: Path, known: Known, say: Say): Built {
  const kinds = KINDS.filter((kind) => form[kind] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? 'is none of' : `is ${kinds.join(' and ')} at once, and must be one of`;
    say(path, `this signal ${found} ${KINDS.join(', ')}`);
    return undefined;
  }
  const kind = kinds[0]!;
  refuseStrayKeys(form, kind, path, say);
  switch (kind) {
    case 'metric':
    case 'spans':
    case 'logs':
      return buildSeries(form, path, say);
    case 'ratio':
      return buildRatio(form.ratio!, [...path, 'ratio'], say);
    case 'slo_burn':
      return buildBurn(form.slo_burn!, [...path, 'slo_burn'], known, say);
    case 'absent':
      return buildAbsent(form.absent!, [...path, 'absent'], say);
    case 'change':
      return buildChange(form.change!, [...path, 'change'], say);
    case 'probe':
      return buildProbe(form.probe!, [...path, 'probe'], say);
    case 'deploy':
      return buildDeploy(form.deploy!, [...path, 'deploy'], say);
    case 'rule':
      refer(known, 'rule', form.rule!, [...path, 'rule'], say);
      return { kind, rule: form.rule!, state: form.state ?? 'firing' };
  }
}

/** `window` beside `ratio:` instead of inside of it would be read by nobody. */
function refuseStrayKeys(form: SignalForm, kind: string, path: Path, say: Say): void {
  const own = ['metric', 'spans', 'logs'].includes(kind) ? [kind, 'reduce', 'where', 'by', 'window'] : [kind];
  if (kind === 'rule') own.push('state');
  for (const [key, value] of Object.entries(form))
    if (value !== undefined && !own.includes(key))
      say(
        [...path, key],
        `"${key}" does not belong beside "${kind}"${own.length > 2 ? '' : `: put it inside of it`}`,
      );
}

function buildSeries(form: SeriesForm, path: Path, say: Say): SeriesSpec | undefined {
  const source = buildSource(form, path, say);
  const window = buildWindow(form, path, say);
  if (source?.kind === 'metric' && source.reduce === 'count' && form.reduce === undefined)
    say(path, 'needs "reduce": what to make of the points in the window, such as avg, max, last or rate');
  return (
    source && {
      ...source,
      where: buildMatchers(form.where, [...path, 'where'], say),
      by: form.by ?? [],
      window,
    }
  );
}

function buildSource(
  form: EventsForm,
  path: Path,
  say: Say,
): MetricSource | SpanSource | LogSource | undefined {
  const given = (['metric', 'spans', 'logs'] as const).filter((kind) => form[kind] !== undefined);
  if (given.length !== 1) {
    say(path, 'must have exactly one of metric, spans, logs');
    return undefined;
  }
  if (form.metric !== undefined)
    return {
      kind: 'metric',
      metric: form.metric,
      reduce: (form.reduce ?? 'count') as MetricSource['reduce'],
    };
  if (form.reduce !== undefined) say([...path, 'reduce'], '"reduce" belongs to a metric');
  if (form.spans !== undefined) return { kind: 'spans', measure: form.spans as SpanSource['measure'] };
  return { kind: 'logs', measure: form.logs! };
}

/** Milliseconds, on the grid. */
function buildWindow(form: Whole, path: Path, say: Say): number {
  if (form.window === undefined) say(path, 'needs "window": how far to look back, like 5m');
  return onGrid(ms(form.window, GRID_MS), [...path, 'window'], say);
}

function onGrid(value: number, path: Path, say: Say): number {
  if (value < GRID_MS || value % GRID_MS !== 0) say(path, 'must be a multiple of 5s, from 5s on');
  else if (value > LONGEST_WINDOW_MS) say(path, 'must be at most 90d');
  return value;
}

function buildRatio(form: NonNullable<SignalForm['ratio']>, path: Path, say: Say): Built {
  const whole = { by: form.by ?? [], window: buildWindow(form, path, say) };
  const bad = buildEvents(form.bad, whole, [...path, 'bad'], say);
  const total = buildEvents(form.total, whole, [...path, 'total'], say);
  return bad && total && { kind: 'ratio', bad, total, ...whole, minEvents: form.min_events ?? 1 };
}

/** Events that can be counted: a rate or a mean of them is no share of anything. */
export function buildEvents(
  form: EventsForm,
  whole: { by: readonly string[]; window: number },
  path: Path,
  say: Say,
): SeriesSpec | undefined {
  const given =
    form.metric === undefined || form.reduce !== undefined ? form : { ...form, reduce: 'increase' };
  const source = buildSource(given, path, say);
  if (source === undefined) return undefined;
  const measure = source.kind === 'metric' ? source.reduce : source.measure;
  if (!['count', 'sum', 'increase'].includes(measure))
    say(path, `must count events (count, sum or increase), and "${measure}" does not`);
  return { ...source, where: buildMatchers(form.where, [...path, 'where'], say), ...whole };
}

function buildBurn(form: NonNullable<SignalForm['slo_burn']>, path: Path, known: Known, say: Say): Built {
  refer(known, 'slo', form.slo, [...path, 'slo'], say);
  const pairs = form.windows?.map((pair, i) => {
    const at = [...path, 'windows', i];
    const built = {
      long: onGrid(ms(pair.long, 0), [...at, 'long'], say),
      short: onGrid(ms(pair.short, 0), [...at, 'short'], say),
      factor: pair.factor,
    };
    if (built.short >= built.long) say([...at, 'short'], 'must be shorter than "long"');
    return built;
  });
  const slo = known.slos.get(form.slo);
  if (slo === undefined) return undefined;
  const { objective, bad, total } = slo;
  return { kind: 'slo_burn', slo: slo.name, objective, bad, total, pairs: pairs ?? BURN_PAIRS };
}

function buildAbsent(form: NonNullable<SignalForm['absent']>, path: Path, say: Say): Built {
  const counted = form.of.metric === undefined ? form.of : { ...form.of, reduce: form.of.reduce ?? 'last' };
  const of = buildSeries(counted, [...path, 'of'], say);
  const lookback = onGrid(ms(form.lookback, DAY_MS), [...path, 'lookback'], say);
  if (of && lookback <= of.window) say([...path, 'lookback'], 'must be longer than the window');
  return of && { kind: 'absent', of, lookback };
}

function buildChange(form: NonNullable<SignalForm['change']>, path: Path, say: Say): Built {
  const of = buildSeries(form.of, [...path, 'of'], say);
  const { offset, same_hour_of_week: weeks } = form.against;
  const at = [...path, 'against'];
  if ((offset === undefined) === (weeks === undefined))
    say(at, 'must have either "offset" (like 1d) or "same_hour_of_week" (a number of weeks)');
  const against =
    weeks === undefined
      ? { offset: onGrid(ms(offset, DAY_MS), [...at, 'offset'], say) }
      : { sameHourOfWeek: weeks };
  return of && { kind: 'change', of, against, as: form.as ?? 'ratio' };
}

function buildProbe(form: NonNullable<SignalForm['probe']>, path: Path, say: Say): Built {
  const names = [form.name, form.journey, form.check].filter((name) => name !== undefined);
  if (names.length !== 1)
    say(path, 'must name one probe as "journey", "check" or "name" (where "*" is all of them)');
  if (names[0] === '*' && !form.by?.includes('probe'))
    say(path, '"*" is all probes: "by" must tell them apart, by: [probe]');
  if ([form.failed, form.slow, form.duration].filter((measure) => measure !== undefined).length !== 1)
    say(path, 'must have one of "failed" and "slow" (like { consecutive_runs: 2 }) and "duration: true"');
  const by = form.by ?? [];
  for (const label of by)
    if (label !== 'probe' && label !== 'location')
      say([...path, 'by'], `runs have the labels probe and location, not "${label}"`);
  const locations = form.locations?.failing_gte ?? 1;
  if (locations > 1 && by.includes('location'))
    say([...path, 'locations'], 'cannot be more than 1 when "by" tells locations apart');
  return {
    kind: 'probe',
    probe: names[0] ?? '',
    window: buildWindow(form, path, say),
    by,
    measure: measureOf(form),
    locations,
  };
}

function measureOf({ failed, slow }: NonNullable<SignalForm['probe']>): ProbeSignal['measure'] {
  if (failed) return { failed: { consecutiveRuns: failed.consecutive_runs } };
  return slow ? { slow: { consecutiveRuns: slow.consecutive_runs } } : 'duration';
}

function buildDeploy(form: NonNullable<SignalForm['deploy']>, path: Path, say: Say): Built {
  return {
    kind: 'deploy',
    where: buildMatchers(form.where, [...path, 'where'], say),
    by: form.by ?? [],
    within: onGrid(ms(form.within, GRID_MS), [...path, 'within'], say),
  };
}
