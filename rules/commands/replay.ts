import { systemClock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { RuleSet } from '../../model/rule.ts';
import { createSignalSource } from '../../store/signals/source.ts';
import { type Comparison, compareOpenings, type Opening, pagesAmong } from '../run/compare.ts';
import { type Replay, replay } from '../run/replay.ts';
import type { Command, CommandInput } from './command.ts';
import { count } from './print.ts';
import { livedOpenings, readRevision } from './revision.ts';
import { readSources } from './sources.ts';
import {
  labelsText,
  momentOf,
  type OpenStore,
  STORE_HELP,
  STORE_OPTIONS,
  timeText,
  withStore,
} from './store.ts';

interface Stretch {
  from: number;
  to: number;
}

/** `rules replay`: what the rules would have done, by the evaluation and the incidents of the product at work. */
export function replayCommand(defaultFolder: string, open: OpenStore): Command {
  return {
    summary: 'Show what the rules would have done over stored data, and what a change to them would change.',
    usage: '--from TIME [--to TIME] [--rule NAME] [--against REV] [--max-more-pages N] [--json]',
    options: {
      ...STORE_OPTIONS,
      from: { type: 'string' },
      to: { type: 'string' },
      rule: { type: 'string' },
      against: { type: 'string' },
      'max-more-pages': { type: 'string' },
      json: { type: 'boolean' },
    },
    help: [
      '--from TIME           --from=-24h (before now), or 2026-01-15T09:00:00Z',
      '--to TIME             likewise (default now)',
      '--rule NAME           this rule only',
      '--against REV         hold it against the rules of a git revision, e.g. --against main',
      '                      (without it: against the incidents that there were)',
      '--max-more-pages N    with --against: more pages than so many more are a failure',
      '--json                one JSON object instead of text',
      ...STORE_HELP(defaultFolder),
      'Exit code: 0 nothing is missed, 1 an incident is missed or there are too many more pages, 2 wrong usage.',
    ],
    run: async ({ flags, out }) => {
      const folder = String(flags.folder ?? defaultFolder);
      const stretch = stretchOf(flags);
      const set = onlyRule(readSources(folder, true).loaded.set, flags.rule);
      const before =
        flags.against === undefined
          ? null
          : onlyRule(readRevision(folder, String(flags.against)).set, flags.rule, true);
      return withStore(open, flags, async ({ engine, folder: dataFolder }) => {
        const source = createSignalSource(engine, systemClock);
        const after = await replay({ set, source, ...stretch });
        const base = before === null ? null : await replay({ set: before, source, ...stretch });
        const lived = livedOpenings(dataFolder, stretch.from, stretch.to, flags.rule as string | undefined);
        const known = base === null ? lived : openingsOf(base);
        const comparison = compareOpenings(known, openingsOf(after));
        const verdict: Verdict = {
          against:
            base === null
              ? lived.length === 0
                ? null
                : 'the incidents that there were'
              : String(flags.against),
          pages: pagesAmong(after.notices).length,
          pagesBefore: base === null ? null : pagesAmong(base.notices).length,
          comparison: base === null ? comparison : withNumbers(comparison, lived),
        };
        const text = flags.json ? jsonOf(stretch, after, verdict) : textOf(stretch, after, verdict);
        out(text);
        return isFine(verdict, flags['max-more-pages']);
      });
    },
  };
}

interface Verdict {
  /** What it was held against; null when there was nothing. */
  against: string | null;
  pages: number;
  pagesBefore: number | null;
  comparison: Comparison;
}

function stretchOf(flags: CommandInput['flags']): Stretch {
  if (flags.from === undefined) throw new Problem('usage', 'Say from when: --from=-24h');
  const now = Date.now();
  const stretch = { from: momentOf(String(flags.from), now), to: momentOf(String(flags.to ?? 'now'), now) };
  if (stretch.from >= stretch.to) throw new Problem('usage', '--from must be before --to');
  const most = flags['max-more-pages'];
  if (most !== undefined && !/^\d+$/.test(String(most)))
    throw new Problem('usage', `--max-more-pages wants a whole number, not "${most}"`);
  return stretch;
}

/** One rule and nothing else is told of; the others are there for those that look at them. */
function onlyRule(set: RuleSet, name: unknown, mayLack = false): RuleSet {
  if (name === undefined) return set;
  if (!mayLack && !set.rules.some((rule) => rule.name === name))
    throw new Problem('usage', `There is no rule "${name}"`);
  return {
    ...set,
    rules: set.rules.map((rule) => (rule.name === name ? rule : { ...rule, mode: 'shadow' as const })),
  };
}

const openingsOf = ({ opened }: Replay): Opening[] =>
  opened.map(({ transition }) => ({
    number: null,
    rule: transition.rule,
    labels: transition.labels,
    at: transition.at,
  }));

/** What a replay of the old rules opened has the number of the incident that it was. */
function withNumbers({ missed, added }: Comparison, lived: readonly Opening[]): Comparison {
  const name = (opening: Opening): Opening => {
    const twin = lived.find((one) => compareOpenings([one], [opening]).missed.length === 0);
    return twin ? { ...opening, number: twin.number } : opening;
  };
  return { missed: missed.map(name), added };
}

function isFine({ pages, pagesBefore, comparison }: Verdict, most: unknown): boolean {
  const tooMany = most !== undefined && pagesBefore !== null && pages - pagesBefore > Number(most);
  return comparison.missed.length === 0 && !tooMany;
}

function jsonOf({ from, to }: Stretch, replayed: Replay, verdict: Verdict): string {
  const { ticks, transitions, errors } = replayed;
  const told = { from, to, ticks, transitions, errors: Object.fromEntries(errors), ...verdict };
  return `${JSON.stringify(told, null, 2)}\n`;
}

function textOf(
  { from, to }: Stretch,
  { ticks, transitions, errors, opened }: Replay,
  verdict: Verdict,
): string {
  const lines = [`${timeText(from)} to ${timeText(to)} UTC, ${count(ticks, 'tick')}`, ''];
  for (const { at, rule, labels, from: before, to: after, reason } of transitions)
    if (before === 'firing' || after === 'firing')
      lines.push(
        `  ${timeText(at)}  ${rule.padEnd(28)} ${before} → ${after}${reason === 'condition' ? '' : ` (${reason})`}  ${labelsText(labels)}`,
      );
  if (transitions.length === 0) lines.push('  nothing fired');
  for (const [rule, error] of errors) lines.push(`  ${rule} cannot be evaluated: ${error}`);
  lines.push('', `${count(opened.length, 'incident')}, ${count(verdict.pages, 'page')}`);
  if (verdict.against !== null) lines.push(...comparisonLines(verdict));
  return `${lines.join('\n')}\n`;
}

/** `against main: +14 pages, misses incident 87`. */
function comparisonLines({ against, pages, pagesBefore, comparison }: Verdict): string[] {
  const { missed, added } = comparison;
  const more = pagesBefore === null ? [] : [`${pages < pagesBefore ? '' : '+'}${pages - pagesBefore} pages`];
  const misses = missed.map(({ number }) => (number === null ? 'one' : String(number)));
  const parts = [
    ...more,
    ...(misses.length > 0
      ? [`misses incident ${misses.slice(0, 10).join(', ')}${misses.length > 10 ? ', …' : ''}`]
      : ['misses nothing']),
    `${count(added.length, 'incident')} more`,
  ];
  const line =
    (sign: string) =>
    ({ at, rule, labels }: Opening) =>
      `  ${sign} ${timeText(at)}  ${rule.padEnd(28)} ${labelsText(labels)}`;
  return [`against ${against}: ${parts.join(', ')}`, ...missed.map(line('-')), ...added.map(line('+'))];
}
