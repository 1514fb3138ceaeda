/** What spent a budget, by when it was spent. */
import type { TimeRange } from '../service.ts';

/** Something that may have been the reason, and when. */
export interface Suspect extends TimeRange {
  kind: 'incident' | 'release';
  /** An incident's number, or a service with its version. */
  name: string;
}

export interface Spent {
  kind: Suspect['kind'] | 'background';
  name: string;
  from: number;
  to: number;
  bad: number;
  /** Of all bad events, 0 to 1. */
  share: number;
}

/**
 * Bad events by the suspect in whose time they fall: incidents before releases, of several of a kind the one that began
 * last; the rest is background. That they fall together is all that is known. The most first, background last.
 * @param minutes unix ms of their begin
 */
export function blame(
  minutes: readonly { at: number; bad: number }[],
  suspects: readonly Suspect[],
  range: TimeRange,
): Spent[] {
  const minuteOf = (at: number) => Math.floor(at / 60_000) * 60_000;
  const order = [...suspects]
    .map((one) => ({ ...one, from: minuteOf(one.from) }))
    .sort((a, b) => (a.kind === b.kind ? b.from - a.from : a.kind === 'incident' ? -1 : 1));
  const sums = new Map<Suspect | undefined, number>();
  for (const { at, bad } of minutes) {
    const suspect = order.find(({ from, to }) => from <= at && at < to);
    sums.set(suspect, (sums.get(suspect) ?? 0) + bad);
  }
  const total = [...sums.values()].reduce((sum, bad) => sum + bad, 0);
  const rest = { kind: 'background' as const, name: '', ...range };
  return [...sums]
    .filter(([, bad]) => bad > 0)
    .map(([suspect, bad]) => ({ ...(suspect ?? rest), bad, share: bad / total }))
    .sort((a, b) => Number(a.kind === 'background') - Number(b.kind === 'background') || b.bad - a.bad);
}
