/** A rule: from its form in the file to what is evaluated, with everything checked that needs more than one key. */
import { createHash } from 'node:crypto';
import type { Condition, OnUnknown, Rule } from '../../../model/rule.ts';
import { DETAILS, labelsOfSignal, type SignalSpec } from '../../../model/signal.ts';
import type { FieldType } from '../filters.ts';
import type { RuleForm, UnknownForm } from '../forms/rule.ts';
import { ms } from '../forms/values.ts';
import { checkTemplate } from '../template.ts';
import { buildClosing, buildOpening } from './actions.ts';
import { buildCondition } from './condition.ts';
import type { Known, Say } from './say.ts';
import { buildSignal, GRID_MS } from './signal.ts';

const EVERY_MS = 30_000;
const DELAY_MS = 20_000;
const LONGEST_EVERY_MS = 86_400_000;
/** Data that was there and went away says nothing for 15 minutes; then what it had raised ends, and the reason is told. */
const ON_NO_DATA: OnUnknown = { state: 'keep', for: 15 * 60_000, then: 'ok' };
const ON_ERROR: OnUnknown = { state: 'keep', for: 0, then: 'keep' };

/** Where a rule stands. */
export interface Place {
  file: string;
  line: number;
}

/** Undefined when no rule can be made of the form, which has been told of. */
export function buildRule(form: RuleForm, place: Place, known: Known, say: Say): Rule | undefined {
  const signals: Record<string, SignalSpec | undefined> = {};
  for (const [name, one] of Object.entries(form.signals ?? {}))
    signals[name] = buildSignal(one, ['signals', name], known, say);
  const context = { signals, known, say };
  const condition = buildCondition(form.if, ['if'], context);
  const built = Object.fromEntries(
    Object.entries(signals).filter((entry): entry is [string, SignalSpec] => entry[1] !== undefined),
  );
  const labels = Object.fromEntries(
    Object.entries(form.labels ?? {}).map(([key, value]) => [key, String(value)]),
  );
  const by = checkLabels(built, labels, say);
  const then = buildOpening(form.then ?? [], [...Object.keys(labels), ...by], context);
  const otherwise = buildClosing(form.else, then, context);
  const fields = templateFields(built, [...Object.keys(labels), ...by]);
  for (const key of ['summary', 'description'] as const)
    for (const { message } of checkTemplate(form[key] ?? '', fields)) say([key], message);
  checkTimes(form, say);
  if (condition === undefined || Object.values(signals).includes(undefined)) return undefined;
  const deciding = {
    every: ms(form.every, EVERY_MS),
    delay: ms(form.delay, DELAY_MS),
    signals: built,
    if: condition,
    keepFiringFor: ms(form.keep_firing_for, 0),
    onNoData: buildUnknown(form.on_no_data, ON_NO_DATA),
    onError: buildUnknown(form.on_error, ON_ERROR),
  };
  return {
    name: form.name,
    previously: form.previously ?? [],
    owner: form.owner ?? '',
    mode: form.mode ?? 'active',
    labels,
    summary: form.summary ?? form.name,
    description: form.description ?? '',
    runbook: form.runbook ?? '',
    ...deciding,
    then,
    else: otherwise,
    ...place,
    version: createHash('sha256').update(JSON.stringify(deciding)).digest('hex').slice(0, 12),
  };
}

/** Labels of the instances, sorted. One signal at least must have all of them, or nothing says which belong together. */
function checkLabels(
  signals: Readonly<Record<string, SignalSpec>>,
  own: Readonly<Record<string, string>>,
  say: Say,
): readonly string[] {
  const sets = Object.entries(signals).map(([name, spec]) => ({ name, labels: labelsOfSignal(spec) }));
  const by = [...new Set(sets.flatMap(({ labels }) => labels))].sort();
  if (!sets.some(({ labels }) => new Set(labels).size === by.length) && by.length > 0) {
    const listed = sets
      .filter(({ labels }) => labels.length > 0)
      .map(({ name, labels }) => `${name} by [${labels.join(', ')}]`);
    say(
      ['signals'],
      `the signals do not fit together: ${listed.join(', ')}; one of them must have all labels [${by.join(', ')}]`,
    );
  }
  for (const name of Object.keys(own)) {
    if (by.includes(name)) say(['labels', name], `the signals give this label already, by "by: [${name}]"`);
    if (name === 'alertname') say(['labels', name], 'is taken: it is the name of the rule');
  }
  return by;
}

/** Paths that a template of this rule may name. */
function templateFields(
  signals: Readonly<Record<string, SignalSpec>>,
  labels: readonly string[],
): Map<string, FieldType> {
  const types: Record<string, FieldType> = { locations: 'list', version: 'text' };
  const fields = new Map<string, FieldType>([
    ['rule.name', 'text'],
    ['rule.owner', 'text'],
  ]);
  for (const label of labels) fields.set(`labels.${label}`, 'text');
  for (const [name, spec] of Object.entries(signals)) {
    fields.set(`signals.${name}.value`, 'number');
    fields.set(`signals.${name}.count`, 'number');
    for (const detail of DETAILS[spec.kind])
      fields.set(`signals.${name}.${detail}`, types[detail] ?? 'number');
  }
  return fields;
}

function checkTimes(form: RuleForm, say: Say): void {
  const every = ms(form.every, EVERY_MS);
  if (every < GRID_MS || every % GRID_MS !== 0) say(['every'], 'must be a multiple of 5s, from 5s on');
  if (every > LONGEST_EVERY_MS) say(['every'], 'must be at most 1d');
  if (ms(form.delay, DELAY_MS) > 3_600_000) say(['delay'], 'must be at most 1h');
  for (const key of ['on_no_data', 'on_error'] as const) {
    const unknown = form[key];
    if (unknown?.then !== undefined && unknown.for === undefined)
      say([key], '"then" needs "for": how long it may be unknown before');
  }
  if (form.previously?.includes(form.name)) say(['previously'], 'names the rule itself');
}

function buildUnknown(form: UnknownForm | undefined, missing: OnUnknown): OnUnknown {
  if (form === undefined) return missing;
  const state = form.state ?? 'keep';
  return { state, for: ms(form.for, 0), then: form.then ?? state };
}

/** Every branch of a condition, the outermost first. */
export function branchesOf(condition: Condition): Condition[] {
  if (condition.kind === 'all' || condition.kind === 'any')
    return [condition, ...condition.of.flatMap(branchesOf)];
  return condition.kind === 'not' ? [condition, ...branchesOf(condition.of)] : [condition];
}
