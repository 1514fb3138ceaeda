/** What became of a release, in words. */
import type { Change, Measure, ReleaseView, ServiceImpact, Word } from '../../../model/impact.ts';
import { count, duration, percent } from '../format.ts';
import { label } from '../text.ts';
import { resourceName } from './capacity.ts';
import type { Tone } from './tones.ts';

const NAMES: Readonly<Record<Exclude<Measure, 'used'>, string>> = {
  requests: 'requests/min',
  errors: 'errors',
  apdex: 'Apdex [0.5 s]',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
};
const WORDS: Readonly<Record<Word, string>> = {
  better: 'better',
  worse: 'worse',
  same: 'no change',
  more: 'more',
  less: 'less',
  unknown: 'too little traffic',
};
/** Of the changes that carry a verdict so many are told. */
const TOLD = 2;

export function measureName({ measure, resource }: Pick<Change, 'measure' | 'resource'>): string {
  if (measure !== 'used') return NAMES[measure];
  const [kind = '', , ...member] = resource.split('|');
  return resourceName({ kind, member: member.join('|') });
}

export function measureValue(measure: Measure, value: number | null): string {
  if (measure === 'p50' || measure === 'p95' || measure === 'p99') return duration(value);
  if (measure === 'requests' || value === null) return count(value);
  if (measure === 'apdex') return value.toFixed(2);
  return percent(Number(value.toPrecision(3)));
}

export function wordOf({ word }: Pick<Change, 'word'>): string {
  return WORDS[word];
}

export function toneOfWord(word: Word | ReleaseView['verdict']['word']): Tone {
  return word === 'worse' || word === 'mixed'
    ? 'bad'
    : word === 'better'
      ? 'ok'
      : word === 'same'
        ? 'ok'
        : 'new';
}

/** In one sentence, without a cause: "since" is all that two windows can say. */
export function verdictSentence(
  release: Pick<ReleaseView, 'version' | 'verdict'> & { undone?: boolean },
): string {
  return `${compared(release)}${release.undone ? ' It was undone.' : ''}`;
}

function compared({ version, verdict }: Pick<ReleaseView, 'version' | 'verdict'>): string {
  const since = `since ${label(version, 40)}`;
  if (verdict.word === 'unknown') return `Too little traffic before or ${since} to compare.`;
  if (verdict.word === 'same') return `No change ${since} beyond the usual.`;
  const told = verdict.changes
    .slice(0, TOLD)
    .map(
      ({ measure, resource, before, after }) =>
        `${measureName({ measure, resource })} ${measureValue(measure, before)} → ${measureValue(measure, after)}`,
    );
  const first = { worse: 'Worse', better: 'Better', mixed: 'Partly better, partly worse' }[verdict.word];
  return `${first} ${since}: ${told.join(', ')}.`;
}

/** "its caller checkout": who else changed. */
export function roleWords({ role }: Pick<ServiceImpact, 'role'>): string {
  return role === 'released' ? '' : role === 'caller' ? 'calls it' : 'is called by it';
}
