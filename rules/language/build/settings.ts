/** What stands beside rules, from its form in the file. */
import type { Escalation, Hook, MuteTime, Receiver, Route, RuleSet } from '../../../model/rule.ts';
import type { EscalationForm, HookForm, MuteTimeForm, RouteForm, SettingsForm } from '../forms/settings.ts';
import { weekdayNumber } from '../forms/settings.ts';
import { ms } from '../forms/values.ts';
import { buildMatchers } from './matchers.ts';
import { type Known, refer, type Say } from './say.ts';
import { checkZone } from './zone.ts';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** All of a set that is not a rule. */
export type Settings = Omit<RuleSet, 'rules' | 'problems'>;

/** Everything but SLOs. */
export function buildSettings(form: SettingsForm, known: Known, say: Say): Omit<Settings, 'slos'> {
  for (const [i, { maintenance }] of (form.slos ?? []).entries())
    for (const [j, name] of (maintenance?.mute_times ?? []).entries())
      refer(known, 'mute time', name, ['slos', i, 'maintenance', 'mute_times', j], say);
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
