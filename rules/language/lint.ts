/** What is allowed and probably not meant. */

import { formatDuration } from '../../base/units.ts';
import type { Condition, FileProblem, Rule } from '../../model/rule.ts';
import { branchesOf } from './build/rule.ts';
import type { Path } from './document.ts';
import type { Loaded } from './load.ts';
import { at } from './parse.ts';

type Warn = (path: Path, message: string) => void;
type Compare = Extract<Condition, { kind: 'compare' }>;

/** Warnings for every rule that is in force and not disabled, by file and place. */
export function lintRules({ set, parsed }: Loaded): FileProblem[] {
  const warnings: FileProblem[] = [];
  for (const rule of set.rules) {
    const file = parsed.get(rule.file);
    if (file === undefined || rule.mode === 'disabled') continue;
    const warn: Warn = (path, message) => warnings.push(at(file.yaml, path, message));
    lintSignals(rule, warn);
    lintConditions(rule, warn);
    const isTold = rule.then.some(({ kind }) => kind === 'notify') || set.route !== null;
    if (!isTold && set.receivers.length > 0)
      warn([], 'nobody is told: it has no "notify", and there is no route; it only opens incidents');
  }
  return warnings;
}

function lintSignals(rule: Rule, warn: Warn): void {
  const used = new Set(branchesOf(rule.if).flatMap((branch) => ('signal' in branch ? branch.signal : [])));
  for (const action of rule.then)
    if ((action.kind === 'scale' || action.kind === 'remediate') && action.verify)
      for (const condition of [action.verify.if, action.verify.worse])
        for (const branch of condition ? branchesOf(condition) : [])
          if ('signal' in branch) used.add(branch.signal);
  const texts = rule.summary + rule.description;
  for (const [name, spec] of Object.entries(rule.signals)) {
    const path = ['signals', name];
    if (!used.has(name) && !texts.includes(`signals.${name}.`))
      warn(path, 'is not used by any condition or text');
    if ('window' in spec && spec.window < rule.every)
      warn(
        path,
        `its window (${formatDuration(spec.window)}) is shorter than "every" (${formatDuration(rule.every)}): what happens between is never seen`,
      );
    if (spec.kind === 'ratio' && spec.minEvents <= 1)
      warn([...path, 'ratio'], 'has no "min_events": one failure among three is 33 %');
  }
}

function lintConditions(rule: Rule, warn: Warn): void {
  for (const branch of branchesOf(rule.if)) {
    const path = pathOf(branch.id);
    if (branch.for > 0 && branch.for < rule.every)
      warn(
        [...path, 'for'],
        `is shorter than "every" (${formatDuration(rule.every)}), so it changes nothing`,
      );
    if (branch.kind === 'compare') lintThreshold(rule, branch, path, warn);
    if (branch.kind === 'all') lintContradiction(branch.of, path, warn);
  }
}

function lintThreshold(rule: Rule, { signal, op, threshold }: Compare, path: Path, warn: Warn): void {
  const spec = rule.signals[signal]!;
  const isShare = spec.kind === 'ratio';
  const isCount = (spec.kind === 'spans' || spec.kind === 'logs') && spec.measure === 'count';
  const never =
    ((isShare || isCount) && ((op === 'lt' && threshold <= 0) || (op === 'lte' && threshold < 0))) ||
    (isShare && ((op === 'gt' && threshold >= 1) || (op === 'gte' && threshold > 1)));
  if (!never) return;
  const hint = isShare && threshold >= 1 ? `; did you mean ${threshold}%?` : '';
  warn(
    [...path, op],
    `this never holds: ${isShare ? 'a ratio is between 0 and 1' : 'a count is never below 0'}${hint}`,
  );
}

/** Above 10 and below 5 at once. */
function lintContradiction(parts: readonly Condition[], path: Path, warn: Warn): void {
  const limits = parts.filter((part): part is Compare => part.kind === 'compare');
  for (const lower of limits.filter(({ op }) => op === 'gt' || op === 'gte'))
    for (const upper of limits.filter(({ op }) => op === 'lt' || op === 'lte'))
      if (lower.signal === upper.signal && lower.threshold >= upper.threshold && !meet(lower, upper))
        warn(
          path,
          `this never holds: ${lower.signal} cannot be above ${lower.threshold} and below ${upper.threshold}`,
        );
}

function meet(lower: Compare, upper: Compare): boolean {
  return lower.threshold === upper.threshold && lower.op === 'gte' && upper.op === 'lte';
}

/** `if.all[1].not` back to its steps. */
function pathOf(id: string): (string | number)[] {
  return [...id.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step));
}
