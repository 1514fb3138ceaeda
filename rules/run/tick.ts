/** What one tick decides: the same for the product at work, for a replay and for the bench. Pure but for `states`. */
import { messageOf } from '../../base/errors.ts';
import type { InstanceState, TickOutcome, Transition, VerificationCheck } from '../../model/evaluation.ts';
import type { Operation } from '../../model/operation.ts';
import type { Rule } from '../../model/rule.ts';
import type { Reading } from '../../model/signal.ts';
import { checkAll } from '../actions/verify.ts';
import { evaluateRule, retire } from '../evaluate/evaluate.ts';
import { type Batch, signalName } from './schedule.ts';
import type { States } from './states.ts';

/** A tick while it is put together. */
export interface Tick {
  t: number;
  states: InstanceState[];
  removed: { rule: string; fingerprint: string }[];
  transitions: Transition[];
  errors: { rule: string; error: string }[];
  checks: VerificationCheck[];
}

/** A tick in which nothing happened yet. @param t unix ms */
export const emptyTick = (t: number): Tick => ({
  t,
  states: [],
  removed: [],
  transitions: [],
  errors: [],
  checks: [],
});

/** What is handed on; `sourceDown` as in `TickOutcome`. */
export const outcomeOf = (tick: Tick, sourceDown = ''): TickOutcome => ({ ...tick, sourceDown });

/** Rules evaluated without letting others have the thread. */
const AT_A_TIME = 250;

/** Evaluates a batch, rule by rule, with what operations wait for, and lets the event loop turn in between: ingest shares it. */
export async function evaluateBatch(
  { t, rules }: Batch,
  readings: ReadonlyMap<string, Reading>,
  states: States,
  verifying: readonly Operation[] = [],
): Promise<Tick> {
  const tick = emptyTick(t);
  for (const [i, rule] of rules.entries()) {
    if (i > 0 && i % AT_A_TIME === 0) await new Promise((resolve) => setImmediate(resolve));
    try {
      evaluateInto(tick, rule, readings, states, verifying);
    } catch (thrown) {
      // A mistake of ours in one rule must not stop the others.
      tick.errors.push({ rule: rule.name, error: `it could not be evaluated: ${messageOf(thrown)}` });
    }
  }
  return tick;
}

function evaluateInto(
  tick: Tick,
  rule: Rule,
  readings: ReadonlyMap<string, Reading>,
  states: States,
  verifying: readonly Operation[],
): void {
  const renamed = rule.previously.flatMap((name) => states.of(name));
  const previous = renamed.length === 0 ? states.of(rule.name) : [...states.of(rule.name), ...renamed];
  const { t } = tick;
  const own = readingsOf(rule, readings);
  const result = evaluateRule(rule, previous, own, states.lookUp, t);
  states.set(rule.name, result.states);
  for (const state of result.states) tick.states.push(state);
  for (const one of result.removed) tick.removed.push(one);
  for (const one of result.transitions) tick.transitions.push(one);
  if (result.error !== '') tick.errors.push({ rule: rule.name, error: result.error });
  for (const { rule: name, fingerprint } of renamed) tick.removed.push({ rule: name, fingerprint });
  const watched = verifying.filter((operation) => operation.rule === rule.name);
  if (watched.length > 0) tick.checks.push(...checkAll(rule, watched, result.states, own, states.lookUp, t));
  if (renamed.length > 0) for (const name of rule.previously) states.delete(name);
}

function readingsOf(rule: Rule, readings: ReadonlyMap<string, Reading>): Map<string, Reading> {
  const own = new Map<string, Reading>();
  for (const name of Object.keys(rule.signals)) {
    const reading = readings.get(signalName(rule.name, name));
    if (reading !== undefined) own.set(name, reading);
  }
  return own;
}

const names = new WeakMap<readonly Rule[], ReadonlySet<string>>();

/** Under which rules have states, also by earlier names; made once for each list of rules. */
function namesOf(rules: readonly Rule[]): ReadonlySet<string> {
  const known = names.get(rules);
  if (known) return known;
  const made = new Set(
    rules.filter(({ mode }) => mode !== 'disabled').flatMap(({ name, previously }) => [name, ...previously]),
  );
  names.set(rules, made);
  return made;
}

/** Ends what belongs to rules that are gone or switched off. @param rules all that are loaded */
export function retireGone(tick: Tick, rules: readonly Rule[], states: States): void {
  const alive = namesOf(rules);
  for (const name of states.rules()) {
    if (alive.has(name)) continue;
    const { removed, transitions } = retire({ name }, states.of(name), tick.t);
    tick.removed.push(...removed);
    tick.transitions.push(...transitions);
    states.delete(name);
  }
}
