import type { FileProblem, RuleSet } from '../../model/rule.ts';
import { lintRules } from '../language/lint.ts';
import type { Command } from './command.ts';
import { annotation, count, type Finding, FORMATS, printFindings } from './print.ts';
import { readSources } from './sources.ts';

/** `rules check`: every mistake of every file at once, and what is probably not meant. */
export function checkCommand(defaultFolder: string): Command {
  return {
    summary: 'Find every mistake in rules and the files beside them, without running anything.',
    usage: '[--folder DIR] [--strict] [--json | --github]',
    options: { folder: { type: 'string' }, strict: { type: 'boolean' }, ...FORMATS },
    help: [
      `--folder DIR  where the rules are (${defaultFolder})`,
      '--strict      warnings count as mistakes',
      '--json        one JSON object instead of text',
      '--github      annotations for GitHub Actions',
      'Exit code: 0 no mistakes, 1 mistakes, 2 wrong usage.',
    ],
    run: async ({ flags, out }) => {
      const { loaded, files } = readSources(String(flags.folder ?? defaultFolder), true);
      const own = ({ file }: FileProblem) => !file.startsWith('default/');
      const findings: Finding[] = [
        ...loaded.set.problems.filter(own).map((problem) => ({ ...problem, severity: 'error' as const })),
        ...lintRules(loaded)
          .filter(own)
          .map((problem) => ({ ...problem, severity: 'warning' as const })),
      ];
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      if (flags.json) out(`${JSON.stringify({ files, findings }, null, 2)}\n`);
      else if (flags.github) for (const finding of findings) out(annotation(finding));
      else {
        printFindings(findings, out);
        out(
          `${inventory(loaded.set, files)}: ${count(errors, 'mistake')}, ${count(findings.length - errors, 'warning')}\n`,
        );
      }
      return errors === 0 && !(flags.strict && findings.length > 0);
    },
  };
}

function inventory({ rules, slos, receivers }: RuleSet, files: number): string {
  const own = rules.filter(({ file }) => !file.startsWith('default/')).length;
  const parts = [count(own, 'rule'), count(slos.length, 'SLO'), count(receivers.length, 'receiver')];
  return `${parts.join(', ')} in ${count(files, 'file')}, and ${count(rules.length - own, 'shipped rule')}`;
}
