/** A file of rule tests: read, checked and run. */
import type { FileProblem, RuleSet } from '../../model/rule.ts';
import { unknownName } from '../language/build/say.ts';
import type { Path } from '../language/document.ts';
import { readYaml } from '../language/document.ts';
import type { SourceFile } from '../language/load.ts';
import { at, checkForm } from '../language/parse.ts';
import { testForm } from './form.ts';
import { readInput } from './input.ts';
import type { Mismatch } from './judge.ts';
import { runTest } from './run.ts';

/** Chosen so that no window reaches beyond a change of the clock. */
const START = '2026-01-15T09:00:00Z';

export interface TestResult {
  file: string;
  line: number;
  rule: string;
  name: string;
  /** Empty when it passed. */
  mismatches: readonly Mismatch[];
}

/** Runs the tests of one file against a set of rules. A file that cannot be understood gives problems and no results. */
export function runTestFile(
  { file, text }: SourceFile,
  set: RuleSet,
): { results: TestResult[]; problems: FileProblem[] } {
  const yaml = readYaml(file, text);
  if (yaml.problems.length > 0) return { results: [], problems: yaml.problems };
  const { data, problems } = checkForm(testForm, yaml);
  if (data === undefined) return { results: [], problems: problems.sort((a, b) => a.line - b.line) };
  const say = (path: Path, message: string) => void problems.push(at(yaml, path, message));
  const rule = set.rules.find(({ name }) => name === data.rule);
  if (rule === undefined) {
    say(
      ['rule'],
      unknownName(
        'rule',
        data.rule,
        set.rules.map(({ name }) => name),
      ),
    );
    return { results: [], problems };
  }
  const start = Date.parse(data.start ?? START);
  const results = data.tests.flatMap((test, i): TestResult[] => {
    const before = problems.length;
    const table = readInput(test.input ?? [], start, (path, message) =>
      say(['tests', i, 'input', ...path], message),
    );
    test.faults?.forEach((fault, j) => {
      if ((fault.restart === undefined) === (fault.source_down === undefined))
        say(['tests', i, 'faults', j], 'a fault is either restart or source_down');
    });
    if (problems.length > before) return [];
    const found = runTest({ rule, set, test, table, others: { ...data.rules, ...test.rules }, start });
    return [
      { file, line: yaml.placeOf(['tests', i]).line, rule: rule.name, name: test.name, mismatches: found },
    ];
  });
  return { results, problems };
}
