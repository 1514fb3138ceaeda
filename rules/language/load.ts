/** All files together: from texts to the set that is in force, and everything that is wrong with them. */
import type { FileProblem, Rule, RuleSet, Slo } from '../../model/rule.ts';
import { branchesOf, buildRule } from './build/rule.ts';
import type { Known, Say } from './build/say.ts';
import { buildSettings, type Settings } from './build/settings.ts';
import { buildSlos } from './build/slo.ts';
import { cyclesAmong } from './order.ts';
import { at, type ParsedFile, parseFile } from './parse.ts';

export interface SourceFile {
  /** As people name it: the path below the rules folder. */
  file: string;
  text: string;
}

/** What a file gave when it was last good. */
interface Good {
  rule: Rule | undefined;
  settings: Settings | undefined;
}

export interface Loaded {
  set: RuleSet;
  parsed: ReadonlyMap<string, ParsedFile>;
  good: ReadonlyMap<string, Good>;
}

/**
 * Loads all files at once. A file with a problem keeps what it gave when it was last good in `before`, if it ever was;
 * it stops none of the others. Files that did not change are not parsed again.
 */
export function loadRules(sources: readonly SourceFile[], before?: Loaded): Loaded {
  const parsed = [...sources]
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ file, text }) => {
      const known = before?.parsed.get(file);
      return known?.text === text ? known : parseFile(file, text);
    });
  const problems = parsed.flatMap((one) => one.problems);
  const bad = new Set(problems.map(({ file }) => file));
  const sayOf =
    (one: ParsedFile): Say =>
    (path, message) => {
      problems.push(at(one.yaml, path, message));
      bad.add(one.file);
    };
  refuseTwins(parsed, sayOf);
  const known = declared(parsed, before, sayOf);
  const good = new Map<string, Good>();
  for (const one of parsed) good.set(one.file, buildFile(one, known, sayOf(one)));
  for (const { rule, path } of cyclesAmong(
    [...good.values()].flatMap(({ rule }) => rule ?? []),
    rulesNamedBy,
  ))
    sayOf(parsed.find(({ file }) => file === rule.file)!)(
      ['if'],
      `the rules go round in a circle: ${path.join(' → ')}`,
    );
  for (const file of bad) good.set(file, before?.good.get(file) ?? { rule: undefined, settings: undefined });
  return {
    set: assemble([...good.values()], problems),
    parsed: new Map(parsed.map((one) => [one.file, one])),
    good,
  };
}

function buildFile(one: ParsedFile, known: Known, say: Say): Good {
  const { file, rule, settings } = one;
  if (rule)
    return {
      rule: buildRule(rule, { file, line: one.yaml.placeOf([]).line }, known, say),
      settings: undefined,
    };
  if (!settings) return { rule: undefined, settings: undefined };
  const slos = (settings.slos ?? []).flatMap(({ name }) => known.slos.get(name) ?? []);
  return { rule: undefined, settings: { slos, ...buildSettings(settings, known, say) } };
}

/** Rules that a rule looks at, as a signal or in a condition. */
export function rulesNamedBy(rule: Rule): string[] {
  const signals = Object.values(rule.signals).flatMap((spec) => (spec.kind === 'rule' ? [spec.rule] : []));
  return [
    ...signals,
    ...branchesOf(rule.if).flatMap((branch) => (branch.kind === 'rule' ? [branch.rule] : [])),
  ];
}

/** Names of files with mistakes count as well: a reference to them is not the mistake. */
function declared(
  parsed: readonly ParsedFile[],
  before: Loaded | undefined,
  sayOf: (one: ParsedFile) => Say,
): Known {
  const slos = new Map<string, Slo>();
  for (const one of parsed) {
    const built = one.settings && buildSlos(one.settings, one.file, sayOf(one));
    const good = before?.good.get(one.file)?.settings?.slos ?? [];
    for (const slo of built && one.problems.length === 0 ? built : good) slos.set(slo.name, slo);
  }
  const names = (key: string) => new Set(parsed.flatMap(({ yaml }) => namesIn(yaml.content, key)));
  return {
    slos,
    clusters: new Set(
      parsed.flatMap(({ settings }) =>
        (settings?.hooks ?? []).flatMap(({ name, kubernetes }) => (kubernetes ? [name] : [])),
      ),
    ),
    names: {
      slo: names('slos'),
      receiver: names('receivers'),
      hook: names('hooks'),
      'mute time': names('mute_times'),
      rule: new Set(parsed.flatMap(({ yaml }) => nameOf(yaml.content))),
    },
  };
}

function namesIn(content: unknown, key: string): string[] {
  const list = (content as Record<string, unknown> | null | undefined)?.[key];
  return Array.isArray(list) ? list.flatMap(nameOf) : [];
}

function nameOf(content: unknown): string[] {
  const name = (content as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? [name] : [];
}

const NAMED = ['slos', 'receivers', 'mute_times', 'hooks'] as const;

/** A name stands for one thing: the file that comes first by its path keeps it. */
function refuseTwins(parsed: readonly ParsedFile[], sayOf: (one: ParsedFile) => Say): void {
  const first = new Map<string, ParsedFile>();
  const claim = (kind: string, name: string, one: ParsedFile, path: (string | number)[]) => {
    const owner = first.get(`${kind} ${name}`);
    if (owner === undefined) first.set(`${kind} ${name}`, one);
    else sayOf(one)(path, `${kind} "${name}" is in ${owner.file} already`);
  };
  for (const one of parsed) if (one.rule) claim('rule', one.rule.name, one, ['name']);
  for (const one of parsed) {
    one.rule?.previously?.forEach((name, i) => void claim('rule', name, one, ['previously', i]));
    for (const key of NAMED)
      one.settings?.[key]?.forEach(
        ({ name }, i) => void claim(key.replace(/s$/, ''), name, one, [key, i, 'name']),
      );
    one.settings?.silences?.forEach(({ id }, i) => void claim('silence', id, one, ['silences', i, 'id']));
    if (one.settings?.route) claim('the outermost', 'route', one, ['route']);
  }
}

function assemble(good: readonly Good[], problems: readonly FileProblem[]): RuleSet {
  const settings = good.flatMap((one) => one.settings ?? []);
  return {
    rules: withoutTwins(good.flatMap(({ rule }) => rule ?? [])),
    slos: settings.flatMap(({ slos }) => slos),
    receivers: settings.flatMap(({ receivers }) => receivers),
    route: settings.find(({ route }) => route !== null)?.route ?? null,
    silences: settings.flatMap(({ silences }) => silences),
    muteTimes: settings.flatMap(({ muteTimes }) => muteTimes),
    inhibitions: settings.flatMap(({ inhibitions }) => inhibitions),
    heartbeats: settings.flatMap(({ heartbeats }) => heartbeats),
    hooks: settings.flatMap(({ hooks }) => hooks),
    problems: [...problems].sort(byPlace),
  };
}

/** The last good version of a bad file may have a name that another file has taken over since. */
function withoutTwins(rules: readonly Rule[]): Rule[] {
  const seen = new Set<string>();
  return rules.filter(({ name }) => !seen.has(name) && seen.add(name));
}

function byPlace(a: FileProblem, b: FileProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
