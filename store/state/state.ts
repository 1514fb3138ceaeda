/**
 * The state of rules, incidents and notifications: what must survive a power cut to the last transaction. SQLite in
 * one file. Everything is synchronous; whatever belongs together goes into one `transaction`.
 */
import type { InstanceState } from '../../model/evaluation.ts';
import type { Findings } from '../../model/findings.ts';
import type {
  DeadLetter,
  Evidence,
  Incident,
  IncidentStatus,
  IncidentsView,
  IncidentView,
  NoticeKind,
  TimelineEntry,
} from '../../model/incident.ts';
import type { Operation, OperationStatus, Verdict } from '../../model/operation.ts';
import type { Silence } from '../../model/rule.ts';
import type { Audit } from './audit.ts';
import type { People } from './people.ts';
import type { Tokens } from './tokens.ts';

export interface State {
  /** All of `work` or nothing of it; synced to the disk when it returns. Not to be nested. @throws what `work` throws */
  transaction<T>(work: () => T): T;
  readonly flags: Flags;
  readonly instances: Instances;
  readonly incidents: Incidents;
  readonly outbox: Outbox;
  readonly silences: Silences;
  readonly operations: Operations;
  readonly people: People;
  readonly tokens: Tokens;
  readonly audit: Audit;
  close(): void;
}

/** Single values by name: the last tick, the identity of this installation. */
export interface Flags {
  get(name: string): string | null;
  set(name: string, value: string): void;
}

/** States of the rules' instances. */
export interface Instances {
  all(): InstanceState[];
  ofRule(rule: string): InstanceState[];
  put(states: readonly InstanceState[]): void;
  remove(keys: readonly { rule: string; fingerprint: string }[]): void;
}

export interface IncidentFilter {
  /** `open`: all that are not resolved. */
  status?: IncidentStatus | 'open' | undefined;
  rule?: string | undefined;
  severity?: string | undefined;
  /** Found in title, rule or labels, without regard to case. */
  text?: string | undefined;
  /** Numbers below this one. */
  before?: number | undefined;
  limit: number;
}

export interface Incidents {
  /** Those that are not resolved, or may be reopened at `now`. */
  live(now: number): Incident[];
  /** The highest number ever given, 0 without any. */
  lastNumber(): number;
  get(number: number): Omit<IncidentView, 'retrospective' | 'operations'> | null;
  /** What was found out since it was resolved; null while nothing was. */
  findings(number: number): Findings | null;
  /** Numbers of incidents that were resolved since anything was found out about them, newest first. */
  withoutFindings(limit: number): number[];
  /** Null: nothing will be found out. @param resolvedAt the resolution that they are about */
  setFindings(number: number, findings: Findings | null, resolvedAt: number): void;
  /** When the first notice about it was delivered; null while none was. */
  toldAt(number: number): number | null;
  /** Newest first. */
  list(filter: IncidentFilter): IncidentsView;
  put(incidents: readonly Incident[]): void;
  append(entries: readonly TimelineEntry[]): void;
  /** What is known of an incident when it opens; the rest is still to be collected. */
  open(number: number, evidence: Evidence): void;
  /** Numbers of incidents whose evidence is still to be collected, oldest first. */
  withoutEvidence(limit: number): number[];
  setEvidence(number: number, evidence: Evidence): void;
}

/** A message on its way. `content` is JSON that only its writer understands. */
export interface OutboxMessage {
  seq: number;
  /** The same in every attempt. */
  id: string;
  receiver: string;
  group: string;
  incidents: readonly number[];
  kind: NoticeKind;
  content: string;
  createdAt: number;
  due: number;
  attempts: number;
  firstAttemptAt: number | null;
  error: string;
  passedOnBy: readonly string[];
  passedOn: boolean;
}

export type NewMessage = Pick<
  OutboxMessage,
  'receiver' | 'group' | 'incidents' | 'kind' | 'content' | 'createdAt' | 'due'
> & { passedOnBy?: readonly string[] };

export interface Outbox {
  /** @returns its id, `msg_<installation>_<number>` */
  add(message: NewMessage): string;
  /** The newest message of this group that has not been attempted and is due later than `now`: it may still grow. */
  growing(receiver: string, group: string, now: number): OutboxMessage | null;
  /** Replaces what a growing message holds. */
  grow(message: Pick<OutboxMessage, 'seq' | 'incidents' | 'kind' | 'content'>): void;
  /** When the last message of the group was made that was sent or waits; null without. */
  lastOf(receiver: string, group: string): number | null;
  /** Whether a message about this incident still waits for this receiver. */
  waitsFor(receiver: string, incident: number): boolean;
  /** Receivers for which something waits. */
  receivers(): string[];
  /** What waits for a receiver, in order, due or not. */
  waiting(receiver: string, limit: number): OutboxMessage[];
  /** Before an attempt: from now on the content is final. */
  attempt(seq: number, at: number): void;
  delivered(seq: number, at: number): void;
  /** It failed and is due again later. */
  retry(seq: number, due: number, error: string): void;
  dead(seq: number, at: number, error: string): void;
  markPassedOn(seq: number): void;
  /** Puts a dead message back at its place. @returns whether there was one */
  revive(id: string, due: number): boolean;
  deadLetters(limit: number): DeadLetter[];
  /** Per receiver: waiting, oldest and dead. */
  counts(): { receiver: string; waiting: number; oldest: number | null; dead: number }[];
  /** Forgets messages that were settled before this time. */
  prune(before: number): void;
}

/** Silences that people made by the API; those in files are in the rule set. */
export interface Silences {
  /** Those that end after `now`, and with `ended` the latest of the others too. */
  list(now: number, options?: { ended?: boolean }): Silence[];
  get(id: string): Silence | null;
  put(silence: Silence): void;
  remove(id: string): boolean;
}

export interface OperationFilter {
  rule?: string | undefined;
  incident?: number | undefined;
  target?: string | undefined;
  /** `live`: all that have not ended. */
  status?: OperationStatus | 'live' | undefined;
  verdict?: Verdict | undefined;
  /** Proposed at this time or later. */
  since?: number | undefined;
  /** Id of an operation: those proposed before it. */
  before?: string | undefined;
  limit: number;
}

/** What was done about incidents. */
export interface Operations {
  put(operations: readonly Operation[]): void;
  get(id: string): Operation | null;
  /** Those that have not ended. */
  live(): Operation[];
  /** What one action did in one episode of an instance, oldest first. */
  ofEpisode(of: Pick<Operation, 'rule' | 'fingerprint' | 'episode' | 'action'>): Operation[];
  /** When anything was sent to the target or ended there last, but for one operation; null without. */
  lastOnTarget(hook: string, target: string, exceptId: string): number | null;
  /** How often the action of a rule was sent after this time. */
  sentSince(rule: string, action: number, since: number): number;
  /** Newest first. */
  list(filter: OperationFilter): Operation[];
}
