/** Rules for tests, out of the text people write. */
import type { Rule, RuleSet } from '../../model/rule.ts';
import { type Loaded, loadRules } from '../../rules/language/load.ts';

/** Loads files given as `path: text`. */
export function load(files: Readonly<Record<string, string>>, before?: Loaded): Loaded {
  return loadRules(
    Object.entries(files).map(([file, text]) => ({ file, text })),
    before,
  );
}

/** `file:line:column message` of each problem. */
export function problemsOf({ problems }: RuleSet): string[] {
  return problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
}

/** A rule that must be right. */
export function rule(text: string): Rule {
  const { set } = load({ 'rule.yaml': `name: test\n${text}` });
  const [made] = set.rules;
  if (made === undefined) throw new Error(problemsOf(set).join('\n'));
  return made;
}
