/** What stands beside rules, from its form in the file. */
import type { Escalation, Hook, MuteTime, Receiver, Route, RuleSet, Slo } from '../../../model/rule.ts';
import type {
  EscalationForm,
  HookForm,
  MuteTimeForm,
  RouteForm,
  SettingsForm,
  SloForm,
} from '../forms/settings.ts';
import { weekdayNumber } from '../forms/settings.ts';
import { ms } from '../forms/values.ts';
import { buildMatchers } from './matchers.ts';
import { type Known, refer, type Say } from './say.ts';
import { buildEvents, GRID_MS } from './signal.ts';

const DAY_MS = 86_400_000;
/** An SLO's events are read over the windows of who asks; its own window is none of a signal. */
const NO_WINDOW = { by: [], window: GRID_MS };
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** All of a set that is not a rule. */
export type Settings = Omit<RuleSet, 'rules' | 'problems'>;

/** SLOs first, because rules are built with them. */
export function buildSlos(form: SettingsForm, file: string, say: Say): Slo[] {
  return (form.slos ?? []).flatMap((slo, i) => buildSlo(slo, file, ['slos', i], say) ?? []);
}

/** Everything but SLOs. */
export function buildSettings(form: SettingsForm, known: Known, say: Say): Omit<Settings, 'slos'> {
  return {
    receivers: (form.receivers ?? []).map((receiver, i) => {
      if (receiver.fallback !== undefined)
        refer(known, 'receiver', receiver.fallback, ['receivers', i, 'fallback'], say);
      if (receiver.fallback === receiver.name) say(['receivers', i, 'fallback'], 'is the receiver itself');
      const escalate = buildEscalation(receiver.escalate, ['receivers', i, 'escalate'], known, say);
      return { ...buildReceiver(receiver), escalate };
    }),
    route: form.route ? buildRoute(form.route, ['route'], known, say) : null,
    silences: (form.silences ?? []).map((silence, i) => {
      const [from, to] = [Date.parse(silence.from), Date.parse(silence.to)];
      if (to <= from) say(['silences', i, 'to'], 'is not after "from"');
      if (Object.keys(silence.match).length === 0) say(['silences', i, 'match'], 'would silence everything');
      const match = buildMatchers(silence.match, ['silences', i, 'match'], say);
      return { id: silence.id, match, from, to, by: silence.by, comment: silence.comment ?? '' };
    }),
    muteTimes: (form.mute_times ?? []).map((mute, i) => buildMuteTime(mute, ['mute_times', i], say)),
    inhibitions: (form.inhibit ?? []).map((one, i) => ({
      source: buildMatchers(one.source, ['inhibit', i, 'source'], say),
      target: buildMatchers(one.target, ['inhibit', i, 'target'], say),
      equal: one.equal ?? [],
    })),
    heartbeats: (form.heartbeats ?? []).map(({ receiver, every }, i) => {
      refer(known, 'receiver', receiver, ['heartbeats', i, 'receiver'], say);
      return { receiver, every: ms(every, 0) };
    }),
    hooks: (form.hooks ?? []).flatMap((hook, i) => buildHook(hook, ['hooks', i], say) ?? []),
  };
}

function buildSlo(form: SloForm, file: string, path: (string | number)[], say: Say): Slo | undefined {
  const bad = buildEvents(form.bad, NO_WINDOW, [...path, 'bad'], say);
  const total = buildEvents(form.total, NO_WINDOW, [...path, 'total'], say);
  const window = form.window ?? { rolling: '30d' };
  if ((window.rolling === undefined) === (window.calendar === undefined))
    say([...path, 'window'], 'must be either "rolling" (like 30d) or "calendar" (month, quarter, week)');
  checkZone(window.zone, [...path, 'window', 'zone'], say);
  const objective = objectiveOf(form.objective);
  if (!(Number(objective) > 0 && Number(objective) < 1))
    say([...path, 'objective'], 'must be above 0 and below 100%');
  if (!bad || !total) return undefined;
  return {
    name: form.name,
    summary: form.summary ?? '',
    owner: form.owner ?? '',
    objective,
    window: window.calendar
      ? { calendar: window.calendar, zone: window.zone ?? 'UTC' }
      : { rolling: ms(window.rolling, 30 * DAY_MS) },
    bad,
    total,
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

function buildReceiver(form: NonNullable<SettingsForm['receivers']>[number]): Receiver {
  return {
    name: form.name,
    url: form.url,
    payload: form.payload ?? 'incident.v1',
    secrets: form.secrets ?? [],
    headers: form.headers ?? {},
    sendResolved: form.send_resolved ?? true,
    repeat: ms(form.repeat, 4 * 3_600_000),
    timeout: ms(form.timeout, 10_000),
    fallback: form.fallback ?? '',
    allowPrivate: form.allow_private ?? [],
  };
}

function buildHook(form: HookForm, path: (string | number)[], say: Say): Hook | undefined {
  const { name, url, kubernetes, secrets, timeout, allow_private } = form;
  const common = { name, timeout: ms(timeout, 10_000), allowPrivate: allow_private ?? [] };
  if ((url === undefined) === (kubernetes === undefined)) {
    say(path, 'a hook has exactly one of url, kubernetes');
    return undefined;
  }
  if (url !== undefined) return { ...common, to: { kind: 'http', url, secrets: secrets ?? [] } };
  if (secrets) say([...path, 'secrets'], 'signs requests to a url; a Kubernetes API server takes its token');
  return { ...common, to: { kind: 'kubernetes', ...kubernetes!, ca: kubernetes!.ca ?? '' } };
}

function buildRoute(
  form: RouteForm,
  path: (string | number)[],
  known: Known,
  say: Say,
  parent?: Route,
): Route {
  if (form.receiver !== undefined) refer(known, 'receiver', form.receiver, [...path, 'receiver'], say);
  if (form.receiver === undefined && parent === undefined)
    say(path, 'the outermost route needs a "receiver"');
  form.mute_times?.forEach(
    (name, i) => void refer(known, 'mute time', name, [...path, 'mute_times', i], say),
  );
  const route: Route = {
    match: buildMatchers(form.match, [...path, 'match'], say),
    receiver: form.receiver ?? parent?.receiver ?? '',
    groupBy: form.group_by ?? parent?.groupBy ?? [],
    groupWait: ms(form.group_wait, parent?.groupWait ?? 0),
    groupInterval: ms(form.group_interval, parent?.groupInterval ?? 300_000),
    muteTimes: form.mute_times ?? [],
    continue: form.continue ?? false,
    escalate: buildEscalation(form.escalate, [...path, 'escalate'], known, say) ?? parent?.escalate ?? null,
    routes: [],
  };
  const routes = (form.routes ?? []).map((one, i) =>
    buildRoute(one, [...path, 'routes', i], known, say, route),
  );
  return { ...route, routes };
}

function buildEscalation(
  form: EscalationForm,
  path: (string | number)[],
  known: Known,
  say: Say,
): Escalation | null {
  if (form === undefined) return null;
  refer(known, 'receiver', form.receiver, [...path, 'receiver'], say);
  return { after: ms(form.after, 0), receiver: form.receiver };
}

function buildMuteTime(form: MuteTimeForm, path: (string | number)[], say: Say): MuteTime {
  checkZone(form.zone, [...path, 'zone'], say);
  const intervals = form.intervals.map(({ weekdays, from, to }, i) => {
    const interval = {
      weekdays: weekdays?.map(weekdayNumber) ?? EVERY_DAY,
      from: minutes(from ?? '00:00'),
      to: minutes(to ?? '24:00'),
    };
    if (interval.from >= interval.to)
      say([...path, 'intervals', i], '"to" is not after "from"; a night is two intervals, one up to 24:00');
    return interval;
  });
  return { name: form.name, zone: form.zone ?? 'UTC', intervals };
}

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
}

function checkZone(zone: string | undefined, path: (string | number)[], say: Say): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC' });
  } catch {
    say(path, `"${zone}" is not a time zone; they are named like Europe/Berlin or UTC`);
  }
}
