/** Rules as they are after loading: every duration in milliseconds, every percentage a fraction, every default filled in. */
import type { Labels, Matcher, SeriesSpec, SignalSpec } from './signal.ts';

/** Kleene: null is unknown. all = min, any = max, not unknown = unknown. */
export type Truth = true | false | null;

export type Comparison = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'ne';

interface Branch {
  /** Its place in the file, stable while the file's shape is: `if.all[1].not`. */
  id: string;
  /** Milliseconds it must hold before it counts as true. */
  for: number;
}

export type Condition =
  | (Branch & { kind: 'all' | 'any'; of: readonly Condition[] })
  | (Branch & { kind: 'not'; of: Condition })
  | (Branch & {
      kind: 'compare';
      signal: string;
      op: Comparison;
      threshold: number;
      /** Once true it stays true until this holds. */
      recover: { op: Comparison; threshold: number } | null;
    })
  /** A signal that is itself yes or no. */
  | (Branch & { kind: 'holds'; signal: string })
  | (Branch & { kind: 'rule'; rule: string; state: 'pending' | 'firing' | 'inactive' });

export type OnUnknown = {
  /** `keep` holds the phase, `ok` counts as false, `alert` as true. */
  state: 'keep' | 'ok' | 'alert';
  /** Milliseconds of unknown after which `then` counts; 0 without. */
  for: number;
  then: 'keep' | 'ok' | 'alert';
};

export type Action =
  | { kind: 'incident'; groupBy: readonly string[]; attach: readonly string[] }
  | { kind: 'notify'; receiver: string }
  | {
      kind: 'scale';
      hook: string;
      target: string;
      desired: { step: number } | { to: number } | { factor: number };
      bounds: { min: number; max: number };
      cooldown: number;
      rateLimit: { max: number; per: number } | null;
      approval: Approval | null;
      verify: Verification | null;
      deadline: number;
    }
  | {
      kind: 'remediate';
      hook: string;
      target: string;
      action: string;
      parameters: Readonly<Record<string, string>>;
      cooldown: number;
      rateLimit: { max: number; per: number } | null;
      approval: Approval | null;
      verify: Verification | null;
      deadline: number;
    };

export interface Approval {
  /** Null: always asked for; else only when the desired number is greater. */
  desiredGt: number | null;
  ttl: number;
  role: 'operator' | 'admin';
}

export interface Verification {
  after: number;
  within: number;
  if: Condition;
  /** Guard against getting worse; null without. */
  worse: Condition | null;
  onFail: readonly ('rollback' | 'escalate')[];
}

export type ClosingAction =
  | { kind: 'notify'; receiver: string }
  | { kind: 'incident'; resolve: 'auto' | 'manual'; after: number; retrospective: 'draft' | 'none' };

export interface Rule {
  name: string;
  /** Names it had before; state and incidents follow. */
  previously: readonly string[];
  owner: string;
  /** `shadow` evaluates and records, and never tells or acts. */
  mode: 'active' | 'shadow' | 'disabled';
  /** Grid: t = floor((now − delay) / every) · every. */
  every: number;
  delay: number;
  labels: Labels;
  /** Templates (`{{ signals.errors.value | percent }}`); checked at load. */
  summary: string;
  description: string;
  runbook: string;
  signals: Readonly<Record<string, SignalSpec>>;
  if: Condition;
  keepFiringFor: number;
  onNoData: OnUnknown;
  onError: OnUnknown;
  then: readonly Action[];
  else: readonly ClosingAction[];
  /** Path below the rules folder, and its 1-based line. */
  file: string;
  line: number;
  /** Hash of what decides (signals, conditions, times), so that edits of words do not count as edits. */
  version: string;
}

/** A promise kept over a window: good / valid ≥ objective. */
export interface Slo {
  name: string;
  summary: string;
  description: string;
  owner: string;
  /** As written, to tell 0.999 from 0.9990000001: decimal string in (0, 1). */
  objective: string;
  window: SloWindow;
  /** Time that does not count. */
  maintenance: Maintenance;
  /** What one event is worth; null without. */
  value: Money | null;
  /** What is promised about; null where events are counted as `bad` and `total` say. */
  transaction: Transaction | null;
  /** Bad and valid events, as signals read them. */
  bad: SeriesSpec;
  total: SeriesSpec;
  /** Hash of what is counted: counts of another definition are not of this promise. */
  definition: string;
  file: string;
}

export type SloWindow = { rolling: number } | { calendar: 'month' | 'quarter' | 'week'; zone: string };

export interface Money {
  amount: number;
  /** ISO 4217. */
  currency: string;
}

export interface Maintenance {
  /** Names of mute times. */
  muteTimes: readonly string[];
  /** [from, to), unix milliseconds. */
  periods: readonly { from: number; to: number; comment: string }[];
}

/**
 * Something that users do: one span, or several of one trace that begin in this order. It counts where its first span
 * begins, from the begin of the first to the end of the last one.
 */
export interface Transaction {
  /** Conditions on each span; servers and consumers without probes unless they say otherwise. */
  steps: readonly (readonly Matcher[])[];
  /** A failed span makes it bad. */
  withoutError: boolean;
  /** Milliseconds from which on it is bad; null without. */
  fasterThan: number | null;
}

/**
 * 1 − objective without the error of a subtraction in floating point: "0.999" gives exactly the number 0.001.
 * @param objective decimal string in (0, 1)
 */
export function errorBudget(objective: string): number {
  const digits = objective.slice(objective.indexOf('.') + 1);
  const left = (10n ** BigInt(digits.length) - BigInt(digits)).toString().padStart(digits.length, '0');
  return Number(`0.${left}`);
}

export interface Receiver {
  name: string;
  url: string;
  payload: 'alertmanager' | 'incident.v1' | 'slack';
  /** References `env:NAME` or `file:PATH`, never values; the first signs, all are shown as signatures. */
  secrets: readonly string[];
  headers: Readonly<Record<string, string>>;
  sendResolved: boolean;
  /** Milliseconds between repeats while firing; 0 never. */
  repeat: number;
  timeout: number;
  /** Receiver that gets what this one could not take; '' without. */
  fallback: string;
  /** Hosts and networks that this receiver may reach although they are private. */
  allowPrivate: readonly string[];
  /** Who is told when nobody has acknowledged in time. */
  escalate?: Escalation | null;
}

/** Milliseconds after which an incident that nobody has acknowledged goes to another receiver. */
export interface Escalation {
  after: number;
  receiver: string;
}

/** Alertmanager's routing tree: the first child that matches takes it, unless it says `continue`. */
export interface Route {
  match: readonly Matcher[];
  receiver: string;
  groupBy: readonly string[];
  groupWait: number;
  groupInterval: number;
  muteTimes: readonly string[];
  continue: boolean;
  /** Goes before that of the receiver. */
  escalate?: Escalation | null;
  routes: readonly Route[];
}

export interface Silence {
  id: string;
  match: readonly Matcher[];
  /** Unix milliseconds. */
  from: number;
  to: number;
  by: string;
  comment: string;
}

export interface MuteTime {
  name: string;
  zone: string;
  /** Any of them mutes. Times as minutes of the day, weekdays 1 (Monday) to 7. */
  intervals: readonly { weekdays: readonly number[]; from: number; to: number }[];
}

/** While a source fires, matching targets with equal values of `equal` are held back; absent labels on both sides are equal. */
export interface Inhibition {
  source: readonly Matcher[];
  target: readonly Matcher[];
  equal: readonly string[];
}

/** A heartbeat to a receiver at a fixed pace: when it stops, the watcher is dead. */
export interface Heartbeat {
  receiver: string;
  every: number;
}

/** Where `scale` and `remediate` are sent. References are as in `Receiver`. */
export interface Hook {
  name: string;
  to:
    | { kind: 'http'; url: string; secrets: readonly string[] }
    /** The scale subresource of an API server; `ca` '' for the system's authorities. */
    | { kind: 'kubernetes'; server: string; namespace: string; token: string; ca: string };
  timeout: number;
  allowPrivate: readonly string[];
}

/** Something wrong in a file: where, what, and what is right. `file:line:column`, 1-based. */
export interface FileProblem {
  file: string;
  line: number;
  column: number;
  message: string;
}

/** Everything that was loaded, the last good version of each file. */
export interface RuleSet {
  rules: readonly Rule[];
  slos: readonly Slo[];
  receivers: readonly Receiver[];
  route: Route | null;
  silences: readonly Silence[];
  muteTimes: readonly MuteTime[];
  inhibitions: readonly Inhibition[];
  heartbeats: readonly Heartbeat[];
  hooks: readonly Hook[];
  problems: readonly FileProblem[];
}
