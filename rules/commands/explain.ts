import { systemClock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { ExplainedInstance, Explanation } from '../../model/explanation.ts';
import { readEvaluations } from '../../store/queries/rules.ts';
import { createSignalSource } from '../../store/signals/source.ts';
import { explain } from '../run/explain.ts';
import type { Command } from './command.ts';
import { readSources } from './sources.ts';
import {
  durationText,
  labelsText,
  momentOf,
  type OpenStore,
  STORE_HELP,
  STORE_OPTIONS,
  timeText,
  withStore,
} from './store.ts';

/** `rules explain RULE --at T`: every branch with its value, and what keeps the rule from firing. */
export function explainCommand(defaultFolder: string, open: OpenStore): Command {
  return {
    summary: 'Tell why a rule fires or does not, at any moment: every branch with its value.',
    usage: 'RULE [--at TIME] [--json]',
    options: { ...STORE_OPTIONS, at: { type: 'string' }, json: { type: 'boolean' } },
    help: [
      'RULE                  its name',
      '--at TIME             now, --at=-2h (before now), or 2026-01-15T09:00:00Z (default now)',
      '--json                one JSON object instead of text',
      ...STORE_HELP(defaultFolder),
    ],
    run: async ({ flags, args, out }) => {
      const [name, ...more] = args;
      if (name === undefined || more.length > 0)
        throw new Problem('usage', 'Say which rule: rules explain RULE');
      const { loaded } = readSources(String(flags.folder ?? defaultFolder), true);
      const at = momentOf(String(flags.at ?? 'now'), Date.now());
      return withStore(open, flags, async ({ engine }) => {
        const source = createSignalSource(engine, systemClock);
        const told = await explain(loaded.set, name, at, source, (rule, t) =>
          readEvaluations(engine, rule, t),
        );
        out(flags.json ? `${JSON.stringify(told, null, 2)}\n` : textOf(told));
        return true;
      });
    },
  };
}

function textOf({ rule, mode, t, error, instances, omitted }: Explanation): string {
  const lines = [`${rule}${mode === 'active' ? '' : ` (${mode})`} at ${timeText(t)} UTC`];
  if (error !== '') lines.push(`  its signals cannot be read: ${error}`);
  if (instances.length === 0) lines.push('  no instances: none of its signals gives anything');
  for (const instance of instances) lines.push(...instanceLines(instance));
  if (omitted > 0) lines.push(`  and ${omitted} instances more`);
  return `${lines.join('\n')}\n`;
}

function instanceLines({
  labels,
  phase,
  since,
  flapping,
  branches,
  blockers,
  recorded,
}: ExplainedInstance): string[] {
  const notes = [
    `since ${timeText(since)}`,
    ...(flapping ? ['flapping'] : []),
    ...(recorded !== null && recorded !== phase ? [`recorded then: ${recorded}`] : []),
  ];
  return [
    '',
    `  ${labelsText(labels)}: ${phase} (${notes.join(', ')})`,
    ...branches.map(({ id, text, truth, value, why, for: wanted, held }) => {
      const depth = '  '.repeat(Math.max(0, id.split(/[.[]/).length - 1));
      const said = truth === null ? 'unknown' : truth ? 'true' : 'false';
      const seen = value === null ? why : `value ${Number(value.toPrecision(6))}`;
      const time = wanted > 0 ? `, held ${durationText(held)} of ${durationText(wanted)}` : '';
      const mark = blockers.includes(id) ? '✗' : truth === true ? '✓' : ' ';
      return `    ${mark} ${`${depth}${text}`.padEnd(44)} ${said.padEnd(8)} ${seen}${time}`;
    }),
  ];
}
