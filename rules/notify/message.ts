/** What a message in the outbox holds: bounded snapshots of incidents, whatever the size of the herd. */
import type { Alert, Incident, Notice, NoticeKind } from '../../model/incident.ts';
import type { Labels } from '../../model/signal.ts';
import type { State } from '../../store/state/state.ts';

/** An incident as it was when something was to be told of it. */
export type Snapshot = Omit<Incident, 'alerts' | 'recipients'> & {
  /** Those that fire first; at most `MAX_ALERTS` in a message. */
  alerts: readonly Alert[];
  /** How many there are, with those that are not listed. */
  firing: number;
  total: number;
};

export interface Item {
  kind: NoticeKind;
  status: 'firing' | 'resolved';
  at: number;
  incident: Snapshot;
}

export interface Content {
  group: string;
  groupLabels: Labels;
  /** In order. */
  items: readonly Item[];
  /** Incidents that are not listed because there are too many. */
  omitted: number;
}

export const MAX_ALERTS = 100;
export const MAX_ITEMS = 100;
/** More groups than this for one receiver in one tick are a herd, and travel in one message. */
const HERD = 10;

/**
 * Puts notices into the outbox; to be called inside of the transaction that decided them. Notices of one group travel
 * together, and join a message of theirs that still waits for more.
 */
export function enqueue({ outbox }: State, notices: readonly Notice[], now: number): void {
  const wanted = notices.filter(
    ({ kind, receiver, incident }) => kind !== 'repeated' || !outbox.waitsFor(receiver, incident.number),
  );
  for (const [receiver, groups] of herded(wanted))
    for (const [group, members] of groups) {
      const growing = outbox.growing(receiver, group, now);
      const { kind, groupLabels } = members.at(-1)!;
      const content: Content = growing
        ? JSON.parse(growing.content)
        : { group, groupLabels, items: [], omitted: 0 };
      const grown = {
        kind,
        incidents: [
          ...new Set([...(growing?.incidents ?? []), ...members.map((one) => one.incident.number)]),
        ],
        content: JSON.stringify(add(content, members)),
      };
      if (growing) outbox.grow({ seq: growing.seq, ...grown });
      else
        outbox.add({
          receiver,
          group,
          createdAt: now,
          due: dueOf(members, outbox.lastOf(receiver, group), now),
          ...grown,
        });
    }
}

/** By receiver, and within it by group, or all in one when there are too many. */
function herded(notices: readonly Notice[]): Map<string, Map<string, Notice[]>> {
  const byReceiver = new Map<string, Map<string, Notice[]>>();
  for (const notice of notices) {
    const groups = byReceiver.get(notice.receiver) ?? new Map<string, Notice[]>();
    byReceiver.set(notice.receiver, groups);
    const members = groups.get(notice.group);
    if (members) members.push(notice);
    else groups.set(notice.group, [notice]);
  }
  for (const [receiver, groups] of byReceiver)
    if (groups.size > HERD) {
      const all = [...groups.values()].flat().map((notice) => ({ ...notice, groupLabels: {} }));
      byReceiver.set(receiver, new Map([['herd', all]]));
    }
  return byReceiver;
}

/** Only what begins waits: an end is told at once, after what was to be told before it. */
function dueOf(members: readonly Notice[], last: number | null, now: number): number {
  const waits = members.filter(
    ({ kind }) => kind === 'triggered' || kind === 'reopened' || kind === 'updated',
  );
  if (waits.length < members.length) return now;
  const wait = Math.max(...waits.map(({ groupWait }) => groupWait));
  const isShared = waits.some(({ group, incident }) => group !== incident.key && group !== 'herd');
  const interval = Math.max(...waits.map(({ groupInterval }) => groupInterval));
  return Math.max(now + wait, isShared && last !== null ? last + interval : 0);
}

function add(content: Content, notices: readonly Notice[]): Content {
  const items = [...content.items];
  let room = MAX_ALERTS - items.reduce((sum, { incident }) => sum + incident.alerts.length, 0);
  let omitted = content.omitted;
  for (const notice of notices) {
    if (items.length >= MAX_ITEMS) {
      omitted += 1;
      continue;
    }
    const incident = snapshot(notice.incident, Math.max(room, 1));
    room -= incident.alerts.length;
    items.push({ kind: notice.kind, status: notice.status, at: notice.at, incident });
  }
  return { ...content, items, omitted };
}

function snapshot({ recipients: _, ...incident }: Incident, room: number): Snapshot {
  const alerts = Object.values(incident.alerts);
  const firing = alerts.filter(({ until }) => until === null);
  const shown = firing.length >= room ? firing : [...firing, ...alerts.filter(({ until }) => until !== null)];
  return { ...incident, alerts: shown.slice(0, room), firing: firing.length, total: alerts.length };
}
