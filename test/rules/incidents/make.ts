/** Rules, ticks and folds for the tests of incidents; times are minutes where a name says so. */
import type { InstanceState, TickOutcome, Transition } from '../../../model/evaluation.ts';
import type { Notice } from '../../../model/incident.ts';
import type { Receiver, Rule, RuleSet } from '../../../model/rule.ts';
import type { Labels } from '../../../model/signal.ts';
import { type Book, emptyBook, type Folded } from '../../../rules/incidents/book.ts';
import { foldTick } from '../../../rules/incidents/fold.ts';

export const MINUTE = 60_000;
/** A Thursday. */
export const START = Date.parse('2026-01-15T09:00:00Z');

export function rule(changes: Partial<Rule> = {}): Rule {
  return {
    name: 'errors',
    previously: [],
    owner: 'team-shop',
    mode: 'active',
    every: 30_000,
    delay: 20_000,
    labels: { severity: 'page' },
    summary: '',
    description: '',
    runbook: 'https://runbooks.example.org/errors',
    signals: {},
    if: { kind: 'all', id: 'if', for: 0, of: [] },
    keepFiringFor: 0,
    onNoData: { state: 'keep', for: 0, then: 'keep' },
    onError: { state: 'keep', for: 0, then: 'keep' },
    then: [
      { kind: 'incident', groupBy: ['service'], attach: [] },
      { kind: 'notify', receiver: 'shop' },
    ],
    else: [{ kind: 'notify', receiver: 'shop' }],
    file: 'errors.yaml',
    line: 1,
    version: '1',
    ...changes,
  };
}

export function receiver(changes: Partial<Receiver> = {}): Receiver {
  return {
    name: 'shop',
    url: 'http://127.0.0.1:1/hook',
    payload: 'incident.v1',
    secrets: [],
    headers: {},
    sendResolved: true,
    repeat: 0,
    timeout: 2_000,
    fallback: '',
    allowPrivate: ['127.0.0.1'],
    ...changes,
  };
}

export function ruleSet(changes: Partial<RuleSet> = {}): RuleSet {
  return {
    rules: [rule()],
    slos: [],
    receivers: [receiver()],
    route: null,
    silences: [],
    muteTimes: [],
    inhibitions: [],
    heartbeats: [],
    hooks: [],
    problems: [],
    ...changes,
  } as RuleSet;
}

export function transition(changes: Partial<Transition> & { labels?: Labels } = {}): Transition {
  const labels = changes.labels ?? { service: 'checkout' };
  return {
    rule: 'errors',
    fingerprint: Object.values(labels).join('-'),
    labels,
    at: START,
    from: 'inactive',
    to: 'firing',
    episode: 1,
    reason: 'condition',
    flapping: false,
    branches: [],
    samples: { errors: { labels, value: 0.08, count: 100 } },
    summary: 'Checkout errors are 8 %',
    description: '',
    ...changes,
  };
}

export const fires = (changes: Partial<Transition> = {}): Partial<Transition> => changes;
export const ends = (changes: Partial<Transition> = {}): Partial<Transition> => ({
  from: 'firing',
  to: 'inactive',
  ...changes,
});

export function outcome(
  t: number,
  transitions: readonly Partial<Transition>[] = [],
  changes: Partial<TickOutcome> = {},
): TickOutcome {
  return {
    t,
    states: [],
    removed: [],
    transitions: transitions.map((one) => transition({ ...one, at: t })),
    errors: [],
    sourceDown: '',
    ...changes,
  };
}

export function state(changes: Partial<InstanceState> = {}): InstanceState {
  return {
    rule: 'errors',
    fingerprint: 'checkout',
    labels: { service: 'checkout' },
    phase: 'inactive',
    since: START,
    episode: 0,
    t: START,
    branches: [],
    unknown: null,
    recoveringSince: null,
    changes: [],
    flapping: false,
    version: '1',
    ...changes,
  } as InstanceState;
}

/** Folds tick after tick and keeps what was told. */
export class Ticks {
  set: RuleSet;
  book: Book = emptyBook(412);
  folds: Folded[] = [];

  constructor(set: Partial<RuleSet> = {}) {
    this.set = ruleSet(set);
  }

  /** @returns what is told at this tick, as `receiver kind` */
  at(
    minute: number,
    transitions: readonly Partial<Transition>[] = [],
    changes: Partial<TickOutcome> = {},
  ): string[] {
    const folded = foldTick(this.book, outcome(START + minute * MINUTE, transitions, changes), this.set);
    this.folds.push(folded);
    this.book = folded.book;
    return folded.notices.map(({ receiver: name, kind }) => `${name} ${kind}`);
  }

  get notices(): Notice[] {
    return this.folds.flatMap(({ notices }) => notices);
  }

  /** Kinds in the timeline. */
  get timeline(): string[] {
    return this.folds.flatMap(({ events }) => events.map(({ kind }) => kind));
  }
}
