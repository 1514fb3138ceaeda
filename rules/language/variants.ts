/** A rule as it might have been: changes of `for` and thresholds that make it fire earlier, in its file and in force. Pure. */
import { parseDuration } from '../../base/units.ts';
import type { Comparison, Condition, Rule } from '../../model/rule.ts';
import { GRID_MS } from './build/signal.ts';
import { type Path, readYaml, type YamlFile } from './document.ts';

export interface Variant {
  /** "`for` halved". */
  what: string;
  rule: Rule;
  /** The file's text with the change. */
  text: string;
}

interface Edit {
  from: number;
  to: number;
  text: string;
}

/** What is tried on each branch; null where the change does not fit the branch. */
type Change = (branch: Condition, yaml: YamlFile, text: string) => { branch: Condition; edit: Edit } | null;

const CHANGES: readonly { what: string; change: Change }[] = [
  { what: '`for` halved', change: shorter(2) },
  { what: '`for` a quarter of what it is', change: shorter(4) },
  { what: 'thresholds 10 % nearer', change: nearer(0.1) },
  { what: 'thresholds 25 % nearer', change: nearer(0.25) },
];

/**
 * Each change that fits the rule, in the order in which they go further. None where the text is not the one that the rule
 * was loaded from.
 * @param text of the rule's file
 */
export function variantsOf(rule: Rule, text: string): Variant[] {
  const yaml = readYaml(rule.file, text);
  return CHANGES.flatMap(({ what, change }) => {
    const edits: Edit[] = [];
    const condition = changed(rule.if, (branch) => {
      const made = change(branch, yaml, text);
      if (made === null) return branch;
      edits.push(made.edit);
      return made.branch;
    });
    if (edits.length === 0) return [];
    return [{ what, rule: { ...rule, if: condition }, text: edited(text, edits) }];
  });
}

/** Below a `not` nearer would be farther, so nothing is touched there. */
function changed(condition: Condition, change: (branch: Condition) => Condition): Condition {
  if (condition.kind === 'not') return condition;
  const own = change(condition);
  if (own.kind !== 'all' && own.kind !== 'any') return own;
  return { ...own, of: own.of.map((part) => changed(part, change)) };
}

function shorter(divisor: number): Change {
  return (branch, yaml, text) => {
    const range = yaml.rangeOf([...pathOf(branch.id), 'for']);
    if (range === null || branch.for < GRID_MS) return null;
    const written = text.slice(range.from, range.to);
    if (!/^\d+(?:\.\d+)?[a-z]+$/.test(written) || parseDuration(written) !== branch.for) return null;
    const shorter = Math.floor(branch.for / divisor / GRID_MS) * GRID_MS;
    return { branch: { ...branch, for: shorter }, edit: { ...range, text: durationText(shorter) } };
  };
}

const SIGN: Partial<Record<Comparison, 1 | -1>> = { gt: -1, gte: -1, lt: 1, lte: 1 };

function nearer(share: number): Change {
  return (branch, yaml, text) => {
    if (branch.kind !== 'compare') return null;
    const sign = SIGN[branch.op];
    const range = yaml.rangeOf([...pathOf(branch.id), branch.op]);
    if (sign === undefined || range === null) return null;
    const [, number = '', unit = ''] =
      /^(\d+(?:\.\d+)?)([A-Za-z%]*)$/.exec(text.slice(range.from, range.to)) ?? [];
    if (!(Number(number) > 0)) return null;
    const moved = Number((Number(number) * (1 + sign * share)).toPrecision(3));
    const threshold = Number(((branch.threshold * moved) / Number(number)).toPrecision(12));
    if (branch.recover && sign * (branch.recover.threshold - threshold) <= 0) return null;
    return { branch: { ...branch, threshold }, edit: { ...range, text: `${moved}${unit}` } };
  };
}

/** `if.all[1].not` is written at if, all, 1, not. */
const pathOf = (id: string): Path => id.split(/[.[\]]+/).flatMap((step) => (step === '' ? [] : [step]));

const durationText = (ms: number): string =>
  ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000}m` : `${ms / 1_000}s`;

/** From the end, so that places before it stay. */
function edited(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((so, { from, to, text: now }) => so.slice(0, from) + now + so.slice(to), text);
}
