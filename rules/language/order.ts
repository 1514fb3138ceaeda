/** Rules that look at the state of others: whom to evaluate first, and whether they go round in a circle. */
import type { Rule } from '../../model/rule.ts';

/** One for each rule in a circle, with the way from it back to it. */
export function cyclesAmong(
  rules: readonly Rule[],
  namedBy: (rule: Rule) => readonly string[],
): { rule: Rule; path: string[] }[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  return rules.flatMap((rule) => {
    const path = wayBack(rule, byName, namedBy);
    return path === undefined ? [] : [{ rule, path }];
  });
}

function wayBack(
  start: Rule,
  byName: ReadonlyMap<string, Rule>,
  namedBy: (rule: Rule) => readonly string[],
): string[] | undefined {
  const ways: string[][] = [[start.name]];
  const seen = new Set<string>();
  for (const way of ways)
    for (const name of namedBy(byName.get(way.at(-1)!)!)) {
      if (name === start.name) return [...way, name];
      if (seen.has(name) || !byName.has(name)) continue;
      seen.add(name);
      ways.push([...way, name]);
    }
  return undefined;
}

/** The same rules, each after all that it looks at. They do not go round in circles. */
export function inOrder(rules: readonly Rule[], namedBy: (rule: Rule) => readonly string[]): Rule[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const ordered = new Set<Rule>();
  const add = (rule: Rule | undefined): void => {
    if (rule === undefined || ordered.has(rule)) return;
    const before = namedBy(rule);
    if (before.length > 0) for (const name of before) if (name !== rule.name) add(byName.get(name));
    ordered.add(rule);
  };
  for (const rule of rules) add(rule);
  return [...ordered];
}
