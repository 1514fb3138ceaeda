/** Incidents in words and in lanes: what the pages say of them, without a page. Times in unix ms. */
import type {
  Alert,
  Incident,
  IncidentStatus,
  IncidentView,
  TimelineEntry,
} from '../../../model/incident.ts';
import { age, count, duration, plural } from '../format.ts';
import { label } from '../text.ts';
import { moment } from '../time.ts';

export type Tone = 'bad' | 'watch' | 'ok' | 'blind' | 'new';

export const GLYPHS: Readonly<Record<Tone, string>> = {
  bad: '▲',
  watch: '◆',
  ok: '●',
  blind: '◌',
  new: '◇',
};

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
/** How actions word the outcome of looking whether they helped. */
const VERIFYING =
  /\bverif|\bhelped\b|\bcured\b|no effect|\bworse\b|rolled back|rolling back|nobody could tell/i;

/** Where an entry of the timeline belongs: what was seen, what was done about it, what was found to have come of it. */
export function laneOf({ kind, text, who }: TimelineEntry): LaneName {
  if (kind === 'action') return VERIFYING.test(text) ? 'verified' : 'done';
  // That nothing fires any more was seen; that a person closed it was done.
  if (kind === 'resolved') return who === 'loopwatch' ? 'verified' : 'done';
  return SEEN.has(kind) ? 'seen' : 'done';
}

export interface Lanes {
  from: number;
  to: number;
  /** Alerts as bars, shares of the axis; the oldest first. */
  bars: { key: string; left: number; width: number; open: boolean }[];
  marks: Record<LaneName, { left: number; entry: TimelineEntry; count: number }[]>;
}

/** A bar or a mark for each would fill the page; the timeline and the table have them all. */
const MOST_BARS = 12;
/** Marks closer than this share of the axis become one with a number. */
const TOGETHER = 0.012;

/** Incident and timeline on one axis, from its first alert to its end or `now`. */
export function lanesOf(
  { incident, timeline }: Pick<IncidentView, 'incident' | 'timeline'>,
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
  const marks: Lanes['marks'] = { seen: [], done: [], verified: [] };
  for (const entry of timeline) {
    const lane = marks[laneOf(entry)];
    const left = place(entry.at);
    const before = lane.at(-1);
    if (before && left - before.left < TOGETHER) before.count++;
    else lane.push({ left, entry, count: 1 });
  }
  return {
    from,
    to,
    bars: alerts.slice(0, MOST_BARS).map(([key, alert]) => barOf(key, alert, place)),
    marks,
  };
}

function barOf(key: string, { since, until }: Alert, place: (at: number) => number): Lanes['bars'][number] {
  const left = place(since);
  const right = until === null ? 1 : place(until);
  return { key, left, width: Math.max(0, right - left), open: until === null };
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
