/** The headline when real users are hurt though probes are fine: an open incident, else a service that fails. */
import type { ServiceSummary, TimeRange } from '../../../../model/service.ts';
import { percent } from '../../format.ts';
import { label } from '../../text.ts';
import { servicePath } from '../routes.ts';
import { changeBefore, type Facts, fitted, type Headline, noun, sinceWords } from './words.ts';

/** A share of failures that no service is built to have, as long as no rule says otherwise. */
const FAILING = 0.05;
const ENOUGH = 100;
const TITLE = 60;

export function trafficHeadline(facts: Facts): Headline | null {
  return incidentHeadline(facts) ?? failingHeadline(facts);
}

/** Severities that call somebody at night, the gravest first: users are hurt. What only warns is in the list. */
const GRAVE: readonly string[] = ['critical', 'page'];

function incidentHeadline({ incidents = [], releases, now }: Facts): Headline | null {
  const grave = incidents.filter(({ firing, severity }) => firing > 0 && GRAVE.includes(severity));
  const [worst] = grave.toSorted(
    (a, b) => GRAVE.indexOf(a.severity) - GRAVE.indexOf(b.severity) || a.openedAt - b.openedAt,
  );
  if (!worst) return null;
  const title = label(worst.title, TITLE).replace(/[.\s]+$/, '');
  return {
    state: 'bad',
    kind: 'real-users-hurt',
    sentence: fitted(
      [{ text: title, path: `/incidents/${worst.number}` }],
      [sinceWords(worst.openedAt, now)],
      changeBefore(worst.openedAt, releases, servicePath),
    ),
    second: [],
  };
}

function failingHeadline({ services: view, releases, now }: Facts): Headline | null {
  const failing = view.services
    .map((service) => ({ service, ...failingNow(service, view.range) }))
    .filter(({ share }) => share >= FAILING)
    .toSorted((a, b) => b.service.errors - a.service.errors)[0];
  if (!failing) return null;
  const { service, share, since } = failing;
  return {
    state: 'bad',
    kind: 'real-users-hurt',
    sentence: fitted(
      [
        `${percent(Number(share.toPrecision(2)))} of requests to `,
        noun(service.service, servicePath(service.service)),
        ' fail',
      ],
      since === null ? [] : [sinceWords(since, now)],
      since === null ? [] : changeBefore(since, releases, servicePath),
    ),
    second: [],
  };
}

/** The share that fails in the newest slots with enough requests, and since when; 0 where too few are known. */
function failingNow(
  { trend, errorTrend }: ServiceSummary,
  range: TimeRange,
): { share: number; since: number | null } {
  let [requests, errors, at] = [0, 0, trend.length];
  while (at > 0 && requests < ENOUGH) {
    at--;
    requests += trend[at]!;
    errors += errorTrend[at]!;
  }
  const share = requests < ENOUGH ? 0 : errors / requests;
  const isFailing = (slot: number) => (trend[slot] ?? 0) > 0 && errorTrend[slot]! / trend[slot]! >= FAILING;
  // What has ended is not happening now.
  const newest = trend.findLastIndex((count) => count > 0);
  if (newest === -1 || !isFailing(newest)) return { share: 0, since: null };
  let first = at;
  while (first > 0 && isFailing(first - 1)) first--;
  while (first < trend.length - 1 && !isFailing(first)) first++;
  return { share, since: first === 0 ? null : range.from + (first * (range.to - range.from)) / trend.length };
}
