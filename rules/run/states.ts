import type { InstanceState } from '../../model/evaluation.ts';
import type { RuleStates } from '../evaluate/condition.ts';

/** The states of all instances in memory, by rule. */
export class States {
  readonly #byRule = new Map<string, readonly InstanceState[]>();

  constructor(all: Iterable<InstanceState> = []) {
    for (const state of all) this.#byRule.set(state.rule, [...(this.#byRule.get(state.rule) ?? []), state]);
  }

  /** What rules ask of each other; undefined for one that was never evaluated. */
  readonly lookUp: RuleStates = (rule) => this.#byRule.get(rule);

  of(rule: string): readonly InstanceState[] {
    return this.#byRule.get(rule) ?? [];
  }

  set(rule: string, states: readonly InstanceState[]): void {
    this.#byRule.set(rule, states);
  }

  delete(rule: string): void {
    this.#byRule.delete(rule);
  }

  rules(): string[] {
    return [...this.#byRule.keys()];
  }

  all(): InstanceState[] {
    return [...this.#byRule.values()].flat();
  }

  /** Replaces every state, one by one. */
  map(change: (state: InstanceState) => InstanceState): void {
    for (const [rule, states] of this.#byRule) this.#byRule.set(rule, states.map(change));
  }
}
