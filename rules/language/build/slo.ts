/** SLOs: from their form in the file to what is counted and what is promised of it. */
import { createHash } from 'node:crypto';
import type { Maintenance, Slo, Transaction } from '../../../model/rule.ts';
import type { Matcher, SeriesSpec } from '../../../model/signal.ts';
import type { SettingsForm, SloForm, StepForm } from '../forms/settings.ts';
import { ms } from '../forms/values.ts';
import { buildMatchers } from './matchers.ts';
import type { Say } from './say.ts';
import { buildEvents, GRID_MS } from './signal.ts';
import { checkZone } from './zone.ts';

type Path = (string | number)[];
type Events = Pick<Slo, 'transaction' | 'bad' | 'total'>;

const DAY_MS = 86_400_000;
/** An SLO's events are read over the windows of who asks; its own window is none of a signal. */
const NO_WINDOW = { by: [], window: GRID_MS };
/** What the short names of a step stand for. */
const LABELS = {
  environment: 'deployment.environment.name',
  service: 'service.name',
  operation: 'span.name',
} as const;

/** SLOs go before what stands beside them, because rules are built with them. */
export function buildSlos(form: SettingsForm, file: string, say: Say): Slo[] {
  return (form.slos ?? []).flatMap((slo, i) => buildSlo(slo, file, ['slos', i], say) ?? []);
}

function buildSlo(form: SloForm, file: string, path: Path, say: Say): Slo | undefined {
  const window = form.window ?? { rolling: '30d' };
  if ((window.rolling === undefined) === (window.calendar === undefined))
    say([...path, 'window'], 'must be either "rolling" (like 30d) or "calendar" (month, quarter, week)');
  checkZone(window.zone, [...path, 'window', 'zone'], say);
  const objective = objectiveOf(form.objective);
  if (!(Number(objective) > 0 && Number(objective) < 1))
    say([...path, 'objective'], 'must be above 0 and below 100%');
  const maintenance = buildMaintenance(form.maintenance, [...path, 'maintenance'], say);
  const events = buildWhatCounts(form, path, say);
  if (!events) return undefined;
  const definition = definitionOf(form);
  return {
    name: form.name,
    summary: form.summary ?? '',
    description: form.description ?? '',
    owner: form.owner ?? '',
    objective,
    window: window.calendar
      ? { calendar: window.calendar, zone: window.zone ?? 'UTC' }
      : { rolling: ms(window.rolling, 30 * DAY_MS) },
    maintenance,
    value: form.value ?? null,
    ...events,
    definition,
    file,
  };
}

/** A decimal string, digit by digit: 99.9 % is "0.999", and nothing that a division makes of it. */
export function objectiveOf(written: string | number): string {
  const text = String(written);
  if (!text.endsWith('%')) return text.startsWith('.') ? `0${text}` : text;
  const [whole = '', fraction = ''] = text.slice(0, -1).split('.');
  return `0.${whole.padStart(2, '0')}${fraction}`.replace(/0+$/, '');
}

/** What is counted, not how much of it is promised: with another objective the counts stay what they are. */
function definitionOf({ transaction, good, bad, total }: SloForm): string {
  const counted = JSON.stringify([transaction, good, bad, total]);
  return createHash('sha256').update(counted).digest('hex').slice(0, 12);
}

function buildMaintenance(form: SloForm['maintenance'], path: Path, say: Say): Maintenance {
  const periods = (form?.periods ?? []).map(({ from, to, comment }, i) => {
    const period = { from: Date.parse(from), to: Date.parse(to), comment: comment ?? '' };
    if (period.to <= period.from) say([...path, 'periods', i, 'to'], 'is not after "from"');
    return period;
  });
  return { muteTimes: form?.mute_times ?? [], periods };
}

function buildWhatCounts(form: SloForm, path: Path, say: Say): Events | undefined {
  const hasEvents = form.bad !== undefined || form.total !== undefined;
  if ((form.transaction !== undefined) === hasEvents) {
    say(path, 'must have either "transaction", or "bad" and "total"');
    return undefined;
  }
  if (form.transaction) return buildTransaction(form, path, say);
  if (form.good) say([...path, 'good'], 'belongs to "transaction"; beside "bad" all else is good');
  if (!form.bad || !form.total) {
    say(path, `needs "${form.bad ? 'total' : 'bad'}" as well`);
    return undefined;
  }
  const bad = buildEvents(form.bad, NO_WINDOW, [...path, 'bad'], say);
  const total = buildEvents(form.total, NO_WINDOW, [...path, 'total'], say);
  return bad && total && { transaction: null, bad, total };
}

function buildTransaction(form: SloForm, path: Path, say: Say): Events {
  const { sequence, ...alone } = form.transaction!;
  const at = [...path, 'transaction'];
  if (sequence && Object.values(alone).some((value) => value !== undefined))
    say(at, 'must have either "sequence", or what one span is matched by');
  const steps = sequence
    ? sequence.map((step, i) => buildStep(step, [...at, 'sequence', i], say))
    : [buildStep(alone, at, say)];
  const transaction = {
    steps,
    withoutError: form.good?.without_error ?? true,
    fasterThan: form.good?.faster_than === undefined ? null : ms(form.good.faster_than, 0),
  };
  if (transaction.fasterThan === 0) say([...path, 'good', 'faster_than'], 'must be above 0');
  if (!transaction.withoutError && transaction.fasterThan === null)
    say([...path, 'good'], 'calls everything good: it needs "faster_than" or "without_error: true"');
  return { transaction, ...seriesOf(form, transaction) };
}

function buildStep(form: StepForm, path: Path, say: Say): Matcher[] {
  const short = Object.entries(LABELS).flatMap(([key, label]) => {
    const given = form[key as keyof typeof LABELS];
    if (given === undefined) return [];
    if (form.where?.[label] !== undefined) say([...path, 'where', label], `is the same as "${key}"`);
    return buildMatchers({ [label]: given }, path, (_, message) => say([...path, key], message));
  });
  const matchers = [...short, ...buildMatchers(form.where, [...path, 'where'], say)];
  if (matchers.length === 0)
    say(path, 'would match everything: it needs a service, an operation, an environment or "where"');
  return matchers;
}

/** One span that must not fail is counted as any other; what else is promised is read from what was counted by minute. */
function seriesOf(form: SloForm, transaction: Transaction): { bad: SeriesSpec; total: SeriesSpec } {
  const [where = []] = transaction.steps;
  const isPlain = transaction.steps.length === 1 && transaction.fasterThan === null;
  const hasStatus = where.some(({ key }) => key === 'status');
  if (isPlain && !hasStatus) {
    const total: SeriesSpec = { kind: 'spans', measure: 'count', where, ...NO_WINDOW };
    return {
      total,
      bad: { ...total, where: [...where, { key: 'status', op: '=', values: ['error'] }] },
    };
  }
  const counted: Matcher[] = [
    { key: 'slo.name', op: '=', values: [form.name] },
    { key: 'slo.definition', op: '=', values: [definitionOf(form)] },
  ];
  const series = (measure: 'bad' | 'valid'): SeriesSpec => ({
    kind: 'slo',
    measure,
    where: counted,
    ...NO_WINDOW,
  });
  return { bad: series('bad'), total: series('valid') };
}
