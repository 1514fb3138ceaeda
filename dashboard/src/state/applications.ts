/** Services on the overview: how each stands, the worst first, and how its latency moved. */
import type { Application, ApplicationsView } from '../../../model/application.ts';
import type { CapacityView, ResourceView } from '../../../model/capacity.ts';
import { changeOf, type Word } from '../../../model/impact.ts';
import { OWN_SERVICE, type ServiceSummary, type ServicesView } from '../../../model/service.ts';
import { MISSING, percent } from '../format.ts';
import { resourceName, toneOfResource, usedWords } from './capacity.ts';
import type { Tone } from './tones.ts';

/** Below it a share or an Apdex is an anecdote. */
export const ENOUGH = 100;
/** Assumed until targets are set: one failure in a hundred, and "poor" and "fair" of the Apdex specification. */
const HIGH_ERRORS = 0.01;
const POOR = 0.7;
const FAIR = 0.85;
/** More than this is no change but another service. */
const FAR = 10;

export interface ApplicationRow extends ServiceSummary {
  tone: Tone;
  /** The worst that is true of it, named. */
  why: string;
  busiest: ResourceView | null;
  /** Null until it has been read. */
  more: Application | null;
  /** Of its p95 against the past, and by how much. */
  change: { word: Word; times: number } | null;
}

/** Every service but the product itself, the worst first, then the busiest. */
export function applicationRows(
  view: ServicesView,
  applications: ApplicationsView | undefined,
  capacity: CapacityView | undefined,
): ApplicationRow[] {
  const moreOf = new Map(applications?.applications.map((each) => [each.service, each]));
  const resources = Map.groupBy(
    (capacity?.resources ?? []).filter(({ used }) => used !== null),
    ({ owner }) => owner,
  );
  return view.services
    .filter(({ service }) => service !== OWN_SERVICE)
    .map((service) => {
      const more = moreOf.get(service.service) ?? null;
      const busiest = (resources.get(service.service) ?? []).toSorted((a, b) => b.used! - a.used!)[0] ?? null;
      const change = changed(service, more);
      return { ...service, more, busiest, change, ...stateOf(service, busiest, change) };
    })
    .toSorted((a, b) => TONES.indexOf(a.tone) - TONES.indexOf(b.tone) || b.requests - a.requests);
}

const TONES: readonly Tone[] = ['bad', 'watch', 'blind', 'ok', 'new'];

function stateOf(
  { requests, errors, apdex, basis }: ServiceSummary,
  busiest: ResourceView | null,
  change: ApplicationRow['change'],
): { tone: Tone; why: string } {
  if (requests === 0) return { tone: 'blind', why: 'silent: no requests in this time' };
  const isServer = basis === 'server' && apdex !== null;
  if (requests >= ENOUGH && errors / requests >= HIGH_ERRORS)
    return { tone: 'bad', why: `${percent(errors / requests)} errors` };
  if (requests >= ENOUGH && isServer && apdex < POOR)
    return { tone: 'bad', why: `Apdex ${apdex.toFixed(2)}` };
  if (busiest && toneOfResource(busiest) === 'bad')
    return { tone: 'bad', why: `${resourceName(busiest)} ${usedWords(busiest)}` };
  if (requests >= ENOUGH && isServer && apdex < FAIR)
    return { tone: 'watch', why: `Apdex ${apdex.toFixed(2)}` };
  if (change?.word === 'worse') return { tone: 'watch', why: 'slower than before' };
  return { tone: 'ok', why: 'good' };
}

function changed({ p95, requests }: ServiceSummary, more: Application | null): ApplicationRow['change'] {
  const past = more?.past;
  if (!past || p95 === null || past.p95 <= 0) return null;
  // Buckets are 9 % wide: the next one may be the same time.
  const noise = Math.max(past.noise, past.p95 * 0.0906);
  const enough = requests >= ENOUGH && past.requests >= ENOUGH;
  return { word: changeOf('p95', past.p95, p95, noise, enough).word, times: p95 / past.p95 };
}

/** "≈", "+64 % worse", "−12 % better", "3.2 × worse"; "–" where there is too little to compare. */
export function changeWords({ change }: Pick<ApplicationRow, 'change'>): string {
  if (change === null || change.word === 'unknown') return MISSING;
  if (change.word === 'same') return '≈';
  const { times, word } = change;
  if (times >= FAR) return `> ${FAR} × ${word}`;
  if (times >= 2) return `${Number(times.toPrecision(2))} × ${word}`;
  return `${times > 1 ? '+' : '−'}${Math.round(Math.abs(times - 1) * 100)} % ${word}`;
}

/** What the change is against, for those who ask. */
export function changeSentence({ more, change }: Pick<ApplicationRow, 'more' | 'change'>): string {
  const past = more?.past;
  if (!past || !change) return 'Nothing earlier to compare with';
  const when =
    past.of === 'week' ? 'the same hours a week ago' : 'the time just before, for a week ago is not known';
  return change.word === 'unknown' ? `Too few requests to compare with ${when}` : `Against ${when}`;
}

/** "0.93", with a star below 100 requests, "–" for what has no server spans. */
export function apdexWords({
  apdex,
  basis,
  requests,
}: Pick<ServiceSummary, 'apdex' | 'basis' | 'requests'>): string {
  if (apdex === null || basis !== 'server') return MISSING;
  return `${apdex.toFixed(2)}${requests < ENOUGH ? '*' : ''}`;
}
