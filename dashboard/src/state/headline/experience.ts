/** The headline when users are hurt, or may be: what probes see. Never "users in X": a probe was there, not a user. */
import type { ProbeSummary, ProbesView } from '../../../../model/probes.ts';
import { duration, MISSING, percent, plural, throughput } from '../../format.ts';
import { label } from '../../text.ts';
import { moment } from '../../time.ts';
import { probePath, servicePath } from '../routes.ts';
import { stateOfProbe, worstFirst } from '../runs.ts';
import {
  changeBefore,
  type Facts,
  fitted,
  type Headline,
  noun as named,
  type Piece,
  sinceWords,
} from './words.ts';

/** Null while anybody can look, or nobody was told to. */
export function blindHeadline(facts: Facts): Headline | null {
  const probes = scheduled(facts.probes);
  const [worst] = probes;
  if (!worst || probes.some((each) => stateOfProbe(each).tone !== 'blind')) return null;
  const last = Math.max(...probes.flatMap(({ latest }) => latest.map(({ scheduledAt }) => scheduledAt)));
  const silent = probes.length === 1 ? 'its probe is silent' : `all ${probes.length} probes are silent`;
  return {
    state: 'blind',
    kind: 'blind',
    sentence: fitted(
      ['We cannot say whether ', noun(worst), ` works: ${silent}`],
      Number.isFinite(last) && last > 0 ? [` since ${moment(last, facts.now)}`] : [],
    ),
    second: [realTraffic(facts), 'Probe rules hold their state.'],
  };
}

function realTraffic({ services: { services, range } }: Facts): string {
  const busiest = services
    .filter(({ basis }) => basis === 'server')
    .toSorted((a, b) => b.requests - a.requests)[0];
  if (!busiest || busiest.requests === 0) return 'No real traffic is seen either. ';
  const errors = percent(busiest.errors / busiest.requests);
  return `Real traffic still answers (${throughput(busiest.requests, range)}, ${errors} errors). `;
}

/** Null while no probe fails and none is slower than promised. */
export function hurtHeadline(facts: Facts): Headline | null {
  const probes = scheduled(facts.probes);
  const bad = probes.filter((each) => stateOfProbe(each).tone === 'bad');
  const blind = probes.filter((each) => stateOfProbe(each).tone === 'blind');
  const [worst] = bad;
  if (!worst) return null;
  const since = badSince(worst, facts.probes!.range);
  return {
    state: 'bad',
    kind: 'users-hurt',
    sentence: fitted(
      [noun(worst), ...badWords(worst)],
      since === null ? [` ${facts.phrase}`] : [sinceWords(since, facts.now)],
      since === null ? [] : changeBefore(since, facts.releases, servicePath),
    ),
    second: [
      ...(bad.length > 1 ? [`${bad.length} of ${probes.length} probes fail or are slow. `] : []),
      ...(blind.length > 0 ? [`${plural(blind.length, 'probe')} cannot be told. `] : []),
    ],
  };
}

/** Probes that are slow or fail, without those nobody runs any more; the worst first. */
function scheduled(view: ProbesView | undefined): ProbeSummary[] {
  const probes = worstFirst((view?.probes ?? []).filter((each) => each.scheduled));
  return probes.toSorted((a, b) => Number(failingAt(b).length > 0) - Number(failingAt(a).length > 0));
}

function failingAt({ latest }: ProbeSummary) {
  return latest.filter(({ verdict, failureClass }) => verdict === 'failed' && failureClass !== 'probe');
}

function badWords(probe: ProbeSummary): Piece[] {
  const failing = failingAt(probe);
  const places = (failing.length > 0 ? failing : probe.latest).map(({ location }) => label(location, 20));
  const from = places.length > 3 ? `${places.length} places` : places.join(', ');
  if (failing.length > 0) return [` fails, seen from ${from}`];
  return [` is slow, seen from ${from}: ${duration(probe.wait)} against ${duration(probe.threshold)}`];
}

/** Since the first slice of the range from which on every one that was seen was bad; null when that is all of it. */
function badSince({ trend, threshold }: ProbeSummary, range: ProbesView['range']): number | null {
  const isBad = trend.map(({ wait, up, down }) =>
    up + down === 0 ? null : down > 0 || (wait !== null && threshold !== null && wait > threshold),
  );
  const lastGood = isBad.lastIndexOf(false);
  const first = isBad.findIndex((bad, at) => at > lastGood && bad === true);
  if (lastGood === -1 || first === -1) return null;
  return range.from + (first * (range.to - range.from)) / trend.length;
}

/** The slowest journey that is well: "login, takes 1.1 s". Null without any that was measured. */
export function slowestJourney(view: ProbesView | undefined): { name: Piece; wait: string } | null {
  const measured = (view?.probes ?? []).filter(
    ({ kind, wait, scheduled: on }) => on && kind === 'journey' && wait !== null,
  );
  const slowest = measured.toSorted((a, b) => b.wait! - a.wait!)[0];
  const wait = duration(slowest?.wait);
  return slowest && wait !== MISSING ? { name: noun(slowest), wait } : null;
}

const noun = ({ name }: ProbeSummary): Piece => named(name, probePath(name));
