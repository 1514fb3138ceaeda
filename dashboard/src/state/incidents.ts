/** Incidents in words and in lanes: what the pages say of them, without a page. Times in unix ms. */
import type { Incident, IncidentStatus, IncidentView, TimelineEntry } from '../../../model/incident.ts';
import { FINAL_STATUS, type Operation } from '../../../model/operation.ts';
import { age, count, duration, plural } from '../format.ts';
import { label } from '../text.ts';
import { moment } from '../time.ts';
import { orderWords, outcomeWords, toneOfOperation, toneOfVerdict } from './operations.ts';
import type { Tone } from './tones.ts';

/** Open and nobody has it: bad. Somebody has it: watch. */
export function toneOf(status: IncidentStatus): Tone {
  if (status === 'resolved') return 'ok';
  return status === 'acknowledged' ? 'watch' : 'bad';
}

/** What stands below an incident's title: since when, how much of it, who has it. */
export function incidentSentence(
  { incident, timeline }: Pick<IncidentView, 'incident' | 'timeline'>,
  now: number,
): string {
  const { openedAt, resolved } = incident;
  const end = resolved?.at ?? now;
  const span = duration(Math.max(0, Math.round((end - openedAt) / 1000) * 1000));
  const when = resolved
    ? `Resolved ${moment(resolved.at, now)} after ${span}, ${byWords(resolved.by)}${reasonWords(resolved.reason)}.`
    : `Open for ${span}, since ${moment(openedAt, now)}.`;
  return [
    when,
    alertWords(incident),
    ...(resolved ? [] : [ownerWords(incident, timeline, now)]),
    ...extra(incident),
  ].join(' ');
}

/** The product signs with its own name; people read "by itself". */
function byWords(who: string): string {
  return who === 'loopwatch' ? 'by itself' : `by ${label(who, 60)}`;
}

function reasonWords(reason: string): string {
  return reason === '' ? '' : ` (${label(reason, 160).replace(/[.\s]+$/, '')})`;
}

function alertWords({ alerts, resolved }: Incident): string {
  const all = Object.values(alerts);
  const firing = all.filter(({ until }) => until === null).length;
  if (resolved) return `${plural(all.length, 'alert')} took part.`;
  if (firing === 0) return 'Nothing fires any more; it waits to be resolved.';
  return all.length === 1 ? 'Its alert fires.' : `${count(firing)} of ${plural(all.length, 'alert')} fire.`;
}

function ownerWords(
  { status, acknowledged, recipients }: Incident,
  timeline: readonly TimelineEntry[],
  now: number,
): string {
  if (acknowledged)
    return `Acknowledged by ${label(acknowledged.by, 60)} at ${moment(acknowledged.at, now)}.`;
  const told = Object.entries(recipients).filter(([, { first }]) => first !== null);
  if (status === 'escalated') return 'Nobody took it in time, so it was escalated.';
  if (told.length === 0) return 'Nobody has been told.';
  return `Nobody has taken it; told: ${told.map(([name]) => toldWords(name, timeline)).join(', ')}.`;
}

/** To have decided to tell somebody is not to have told them. */
function toldWords(receiver: string, timeline: readonly TimelineEntry[]): string {
  const last = timeline.findLast(
    ({ kind, who }) => who === receiver && (kind === 'delivered' || kind === 'undelivered'),
  );
  const name = label(receiver, 40);
  if (last === undefined) return `${name} (on its way)`;
  return last.kind === 'delivered' ? name : `${name} (not delivered)`;
}

function extra({ flapping, reopened }: Incident): string[] {
  return [
    ...(flapping ? ['It flaps.'] : []),
    ...(reopened > 0 ? [`Reopened ${reopened === 1 ? 'once' : `${count(reopened)} times`}.`] : []),
  ];
}

export type LaneName = 'seen' | 'done' | 'verified';

const SEEN = new Set<TimelineEntry['kind']>([
  'triggered',
  'joined',
  'left',
  'reopened',
  'recovered',
  'flapping',
  'steady',
  'evidence',
]);

/** Where an entry of the timeline belongs: what was seen, or what was done about it. What was verified, operations say. */
export function laneOf({ kind, who }: Pick<TimelineEntry, 'kind' | 'who'>): LaneName {
  // That nothing fires any more was seen; that a person closed it was done.
  if (kind === 'resolved') return who === 'loopwatch' ? 'seen' : 'done';
  return SEEN.has(kind) ? 'seen' : 'done';
}

export interface Bar {
  key: string;
  /** Shares of the axis. */
  left: number;
  width: number;
  /** It goes on. */
  open: boolean;
  tone: Tone;
}

export interface Mark {
  left: number;
  at: number;
  text: string;
  tone: Tone;
  /** So many are at this place. */
  count: number;
}

export interface Lanes {
  from: number;
  to: number;
  /** Alerts, requests under way, windows of verification; the oldest first. */
  bars: Record<LaneName, Bar[]>;
  marks: Record<LaneName, Mark[]>;
}

/** A bar or a mark for each would fill the page; the lists below have them all. */
const MOST_BARS = 12;
/** Marks closer than this share of the axis become one with a number. */
const TOGETHER = 0.012;

/** Incident, timeline and operations on one axis, from its first alert to its end or `now`. */
export function lanesOf(
  { incident, timeline, operations }: Pick<IncidentView, 'incident' | 'timeline' | 'operations'>,
  now: number,
): Lanes {
  const alerts = Object.entries(incident.alerts).toSorted(([, a], [, b]) => a.since - b.since);
  const from = Math.min(incident.openedAt, ...alerts.slice(0, 1).map(([, { since }]) => since));
  const last = timeline.reduce((latest, { at }) => Math.max(latest, at), incident.openedAt);
  const to = Math.max(
    from + 1000,
    incident.resolved ? Math.max(incident.resolved.at, last) : Math.max(now, last),
  );
  const place = (at: number) => Math.min(1, Math.max(0, (at - from) / (to - from)));
  const bar = (key: string, start: number, end: number | null, tone: Tone): Bar => {
    const left = place(start);
    return {
      key,
      left,
      width: Math.max(0, (end === null ? 1 : place(end)) - left),
      open: end === null,
      tone,
    };
  };
  const sent = operations.filter(({ dispatchedAt }) => dispatchedAt !== null);
  const verified = operations.flatMap(({ id, verification }) =>
    verification ? [{ id, ...verification }] : [],
  );
  return {
    from,
    to,
    bars: {
      seen: alerts.slice(0, MOST_BARS).map(([key, { since, until }]) => bar(key, since, until, 'bad')),
      done: sent
        .slice(-MOST_BARS)
        .map((one) => bar(one.id, one.dispatchedAt!, endOf(one), toneOfOperation(one))),
      verified: verified
        .slice(-MOST_BARS)
        .map(({ id, from: start, at, until, verdict }) =>
          bar(id, start, at ?? (now > until ? until : null), toneOfVerdict(verdict)),
        ),
    },
    marks: {
      seen: together(entriesOf(timeline, 'seen'), place),
      done: together([...entriesOf(timeline, 'done'), ...operations.map(doneMark)], place),
      verified: together(operations.flatMap(verdictMark), place),
    },
  };
}

type Moment = Pick<Mark, 'at' | 'text' | 'tone'>;

function entriesOf(timeline: readonly TimelineEntry[], lane: LaneName): Moment[] {
  return (
    timeline
      // What the timeline says of actions the operations themselves say better.
      .filter((entry) => laneOf(entry) === lane && entry.kind !== 'action')
      .map(({ at, kind, who, text }) => ({
        at,
        tone: kind === 'resolved' || kind === 'recovered' ? 'ok' : lane === 'seen' ? 'bad' : 'watch',
        text: `${kind}${who === 'loopwatch' ? '' : ` ${label(who, 60)}`}${text === '' ? '' : `: ${label(text, 160)}`}`,
      }))
  );
}

const doneMark = (operation: Operation): Moment => ({
  at: operation.dispatchedAt ?? operation.proposedAt,
  tone: toneOfOperation(operation),
  text: `${orderWords(operation)}: ${outcomeWords(operation)}`,
});

function verdictMark(operation: Operation): Moment[] {
  const { verification } = operation;
  if (!verification || verification.verdict === null) return [];
  const at = verification.at ?? verification.until;
  return [{ at, tone: toneOfVerdict(verification.verdict), text: doneMark(operation).text }];
}

/** When its request came to an end; null while it is under way. */
function endOf({ finishedAt, status, since }: Operation): number | null {
  return finishedAt ?? (FINAL_STATUS.has(status) ? since : null);
}

function together(moments: readonly Moment[], place: (at: number) => number): Mark[] {
  const marks: Mark[] = [];
  for (const one of moments.toSorted((a, b) => a.at - b.at)) {
    const left = place(one.at);
    const before = marks.at(-1);
    if (before && left - before.left < TOGETHER) {
      before.count++;
      before.text += `; ${one.text}`;
      before.tone = one.tone;
    } else marks.push({ ...one, left, count: 1 });
  }
  return marks;
}

/** One line for a list or the overview: "since 14:05, 9 min · Ana". */
export function since(openedAt: number, now: number): string {
  return `${moment(openedAt, now)}, ${age(openedAt, now)}`;
}

/** Labels as they are read: `service=checkout, severity=page`; the rule's name is shown beside. */
export function labelText(labels: Readonly<Record<string, string>>, without: readonly string[] = []): string {
  return Object.entries(labels)
    .filter(([key]) => key !== 'alertname' && !without.includes(key))
    .map(([key, value]) => `${label(key, 60)}=${label(value, 80)}`)
    .join(', ');
}
