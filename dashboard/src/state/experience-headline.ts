/** The headline when users are hurt, or may be: what probes see, by the grammar of the UX paper. */
import type { ProbeSummary } from '../../../model/probes.ts';
import { duration, plural } from '../format.ts';
import { label } from '../text.ts';
import type { Headline, Piece } from './headline.ts';
import { probePath } from './routes.ts';
import { stateOfProbe, worstFirst } from './runs.ts';

/**
 * Null when probes say nothing that goes before what services report. Never "users in X": a probe was there, not a user.
 * @param rangePhrase e.g. "in the last hour"
 */
export function experienceHeadline(all: readonly ProbeSummary[], rangePhrase: string): Headline | null {
  const probes = worstFirst(all.filter(({ scheduled }) => scheduled));
  const [worst] = probes;
  if (worst === undefined) return null;
  const of = (tone: string) => probes.filter((each) => stateOfProbe(each).tone === tone);
  const [bad, blind] = [of('bad'), of('blind')];
  if (blind.length === probes.length)
    return {
      state: 'blind',
      kind: 'probes-blind',
      sentence: ['We cannot say whether ', noun(worst), ` works: ${silentWords(probes.length)}.`],
      second: ['Services below show what real traffic still says.'],
    };
  if (bad.length === 0) return null;
  return {
    state: 'bad',
    kind: 'users-hurt',
    sentence: [noun(worst), ...badWords(worst, rangePhrase)],
    second: [
      ...(bad.length > 1 ? [`${bad.length} of ${probes.length} probes fail or are slow. `] : []),
      ...(blind.length > 0 ? [`${plural(blind.length, 'probe')} cannot be told.`] : []),
    ],
  };
}

function silentWords(probes: number): string {
  return probes === 1 ? 'its probe is silent' : `all ${probes} probes are silent`;
}

function badWords(probe: ProbeSummary, rangePhrase: string): Piece[] {
  const failing = probe.latest.filter(
    ({ verdict, failureClass }) => verdict === 'failed' && failureClass !== 'probe',
  );
  if (failing.length > 0)
    return [` fails, seen from ${failing.map(({ location }) => label(location, 30)).join(', ')}.`];
  return [` is slow: ${duration(probe.wait)} against ${duration(probe.threshold)} at p75 ${rangePhrase}.`];
}

const noun = ({ name }: ProbeSummary): Piece => ({ text: label(name, 40), path: probePath(name) });
