/** What a change of rules would have changed: one course of events against another. Pure. */
import type { Notice, NoticeKind } from '../../model/incident.ts';
import type { Labels } from '../../model/signal.ts';

/** An opening of an incident, in a replay or as it was. */
export interface Opening {
  /** Of the incident as it was lived; null in a replay. */
  number: number | null;
  rule: string;
  labels: Labels;
  /** Unix ms. */
  at: number;
}

export interface Comparison {
  /** Openings that nothing in the new course stands for, and the other way round. */
  missed: Opening[];
  added: Opening[];
}

/** What calls people; the rest tells them how it went on. */
const PAGES: ReadonlySet<NoticeKind> = new Set(['triggered', 'reopened', 'escalated']);
/** An opening that moved by less is the same. */
const SAME_WITHIN_MS = 15 * 60_000;

/** The notices that wake somebody: openings, reopenings, escalations. */
export const pagesAmong = (notices: readonly Notice[]): Notice[] =>
  notices.filter(({ kind }) => PAGES.has(kind));

/** Pairs openings of the same rule and labels that are near in time, each once, the earliest first. */
export function compareOpenings(before: readonly Opening[], after: readonly Opening[]): Comparison {
  const free = new Set(after);
  const missed: Opening[] = [];
  for (const opening of before) {
    const twin = after.find((one) => free.has(one) && isSame(opening, one));
    if (twin) free.delete(twin);
    else missed.push(opening);
  }
  return { missed, added: [...free] };
}

function isSame(a: Opening, b: Opening): boolean {
  if (a.rule !== b.rule || Math.abs(a.at - b.at) > SAME_WITHIN_MS) return false;
  const names = new Set([...Object.keys(a.labels), ...Object.keys(b.labels)]);
  return [...names].every((name) => a.labels[name] === b.labels[name]);
}
