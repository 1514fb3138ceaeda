import type { FileProblem } from '../../model/rule.ts';
import { runTestFile, type TestResult } from '../test/file.ts';
import type { Command } from './command.ts';
import { annotation, count, type Finding, FORMATS, printFindings } from './print.ts';
import { chooseTests, readSources } from './sources.ts';

/** `rules test`: runs `*.test.yaml` on a clock, data and receivers of their own. */
export function testCommand(defaultFolder: string): Command {
  return {
    summary: 'Run the tests of rules (*.test.yaml).',
    usage: '[FILES] [--folder DIR] [--json | --github]',
    options: { folder: { type: 'string' }, ...FORMATS },
    help: [
      'FILES         tests, rules whose tests are meant, or folders; all without',
      `--folder DIR  where the rules are (${defaultFolder})`,
      '--json        one JSON object instead of text',
      '--github      annotations for GitHub Actions',
      'Exit code: 0 all passed, 1 one failed or could not be read, 2 wrong usage.',
    ],
    run: async ({ flags, args, out }) => {
      const started = performance.now();
      const { loaded, tests } = readSources(String(flags.folder ?? defaultFolder), true);
      const files = chooseTests(tests, args).map((source) => ({
        source,
        ...runTestFile(source, loaded.set),
      }));
      const results = files.flatMap((file) => file.results);
      const problems = [...mistakesOfRules(loaded.set.problems), ...files.flatMap((file) => file.problems)];
      const failed = results.filter(({ mismatches }) => mismatches.length > 0);
      if (flags.json) out(`${JSON.stringify({ results, problems }, null, 2)}\n`);
      else if (flags.github)
        for (const finding of [...problems.map(asError), ...failed.flatMap(asFindings)])
          out(annotation(finding));
      else {
        printFindings(problems.map(asError), out);
        for (const { source, results: of } of files) printResults(source.file, of, out);
        const seconds = ((performance.now() - started) / 1_000).toFixed(1);
        out(
          `\n${count(results.length, 'test')} in ${count(files.length, 'file')}: ${results.length - failed.length} passed, ${failed.length} failed (${seconds} s)\n`,
        );
      }
      return failed.length === 0 && problems.length === 0;
    },
  };
}

/** A rule that is not in force cannot be tested, so its mistakes belong here. */
function mistakesOfRules(problems: readonly FileProblem[]): readonly FileProblem[] {
  return problems.filter(({ file }) => !file.startsWith('default/'));
}

function asError(problem: FileProblem): Finding {
  return { ...problem, severity: 'error' };
}

function asFindings({ file, line, name, mismatches }: TestResult): Finding[] {
  return mismatches.map(({ at, message }) => ({
    file,
    line,
    column: 1,
    severity: 'error',
    message: `${name}: at ${at}: ${message}`,
  }));
}

/** A line for a file that passed; what failed with the branches of the condition at that moment. */
function printResults(file: string, results: readonly TestResult[], out: (text: string) => void): void {
  const failed = results.filter(({ mismatches }) => mismatches.length > 0);
  if (results.length === 0) return;
  out(`${failed.length === 0 ? '✓' : '✗'} ${file} (${count(results.length, 'test')})\n`);
  for (const { name, line, mismatches } of failed) {
    out(`  ✗ ${name} (line ${line})\n`);
    for (const { at, message, branches } of mismatches) {
      out(`      at ${at}: ${message}\n`);
      for (const branch of branches) out(`          ${branch}\n`);
    }
  }
}
