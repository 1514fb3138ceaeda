/** What people are told about: incidents, their timeline and evidence, and the notices that go out. Times in unix ms. */
import type { BranchReading } from './evaluation.ts';
import type { Operation } from './operation.ts';
import type { Labels, Sample } from './signal.ts';

/** `escalated`: nobody acknowledged it in time, so somebody else was told. */
export type IncidentStatus = 'triggered' | 'acknowledged' | 'escalated' | 'resolved';

/** One instance of the rule within an incident: one alert, in Alertmanager's words. */
export interface Alert {
  /** Of the rule's instance, see `InstanceState.fingerprint`. */
  instance: string;
  /** The rule's labels, the instance's over them, and `alertname`. */
  labels: Labels;
  /** The tick at which it began to fire. */
  since: number;
  /** The tick at which it ended; null while it fires. */
  until: number | null;
  flapping: boolean;
  /** Rendered templates. */
  summary: string;
  description: string;
  /** What each signal gave when it began to fire. */
  samples: Readonly<Record<string, Sample>>;
}

/** Somebody who is told of an incident. */
export interface Recipient {
  /** When they were told first; null while they have not been. */
  first: number | null;
  /** When they were told last. */
  last: number | null;
  /** Repeats since `first`: the next is due at `first + (repeats + 1) · repeat`, so that they do not drift. */
  repeats: number;
  /** Why they are not told now (a silence, a mute time, an inhibition); '' when nothing is held back. */
  held: string;
  /** Alerts have joined since they were told. */
  dirty: boolean;
  /** The step of escalation that brought them in; 0 for those who are told at once. */
  step: number;
}

export interface Incident {
  /** As people say it: #412. Never used twice. */
  number: number;
  /** The rule and the values of its `group_by` labels: at most one incident that is not resolved has it. */
  key: string;
  rule: string;
  owner: string;
  runbook: string;
  /** The summary of the alert that opened it. */
  title: string;
  severity: string;
  /** Labels that all its alerts share when it opens. */
  labels: Labels;
  /** The `group_by` labels alone. */
  group: Labels;
  status: IncidentStatus;
  /** The tick that opened it; event time. */
  openedAt: number;
  acknowledged: { at: number; by: string } | null;
  resolved: { at: number; by: string; reason: string } | null;
  /** Until when a new alert opens it again instead of opening another one. */
  reopenUntil: number;
  reopened: number;
  /** True while any of its alerts flaps: one notice, and nothing more until it is steady. */
  flapping: boolean;
  /** Grows with every change; makes disorder on the way harmless. */
  revision: number;
  /** By the instance's fingerprint; those that have ended stay until it is resolved. */
  alerts: Readonly<Record<string, Alert>>;
  /** By the receiver's name. */
  recipients: Readonly<Record<string, Recipient>>;
}

export type TimelineKind =
  | 'triggered'
  | 'joined'
  | 'left'
  | 'resolved'
  | 'reopened'
  | 'recovered'
  | 'flapping'
  | 'steady'
  | 'acknowledged'
  | 'escalated'
  | 'commented'
  | 'silenced'
  | 'renamed'
  | 'notified'
  | 'held'
  | 'delivered'
  | 'undelivered'
  | 'evidence'
  | 'action';

/** Append only. */
export interface TimelineEntry {
  incident: number;
  /** When it was decided. */
  at: number;
  kind: TimelineKind;
  /** A person, `loopwatch`, or the receiver it is about. */
  who: string;
  text: string;
}

/** `recovered`: nothing fires any more, and the rule leaves it to people to resolve it. */
export type NoticeKind =
  | 'triggered'
  | 'updated'
  | 'repeated'
  | 'acknowledged'
  | 'escalated'
  | 'flapping'
  | 'recovered'
  | 'resolved'
  | 'reopened';

/** Something a receiver is to be told: frozen when it is decided, so that it is true whenever it arrives. */
export interface Notice {
  receiver: string;
  kind: NoticeKind;
  /** Alertmanager's word for the whole: `firing` if anything fires. */
  status: 'firing' | 'resolved';
  at: number;
  /** Notices of one group and receiver travel together. */
  group: string;
  groupLabels: Labels;
  /** How long the group's first message waits for more, ms. */
  groupWait: number;
  /** The least time between two messages of the group, ms. */
  groupInterval: number;
  /** As it was at this revision. Alerts that are silenced are left out. */
  incident: Incident;
}

/** One line of what was seen around the opening, kept for ever. */
export interface EvidenceSeries {
  signal: string;
  labels: Labels;
  /** `[unix ms, value]`, oldest first; null where nothing was known. */
  points: readonly (readonly [number, number | null])[];
}

export interface EvidenceTrace {
  traceId: string;
  service: string;
  operation: string;
  start: number;
  durationMs: number;
  errors: number;
}

export interface EvidenceLog {
  time: number;
  service: string;
  severity: string;
  body: string;
  traceId: string;
}

/** What the decision rested on, frozen so that it outlives the retention of the data. */
export interface Evidence {
  at: number;
  /** Branches of the condition and values of the signals at the opening tick. */
  branches: readonly BranchReading[];
  samples: Readonly<Record<string, Sample>>;
  series: readonly EvidenceSeries[];
  traces: readonly EvidenceTrace[];
  logs: readonly EvidenceLog[];
  /** Sentences on what could not be collected. */
  missing: readonly string[];
}

/** One incident with all that belongs to it, as the API answers. */
export interface IncidentView {
  incident: Incident;
  timeline: readonly TimelineEntry[];
  evidence: Evidence | null;
  /** What was done about it, oldest first, each with the series of its verification. */
  operations: readonly Operation[];
  /** Markdown, drafted when it is resolved; '' before. */
  retrospective: string;
}

export interface IncidentSummary {
  number: number;
  rule: string;
  title: string;
  severity: string;
  status: IncidentStatus;
  openedAt: number;
  resolvedAt: number | null;
  /** '' while nobody has taken it. */
  acknowledgedBy: string;
  /** Alerts that fire now, and all that ever did. */
  firing: number;
  alerts: number;
  flapping: boolean;
  labels: Labels;
  /** The `group_by` labels alone. */
  group: Labels;
}

export interface IncidentsView {
  incidents: readonly IncidentSummary[];
  /** Give it as `before` for the next page; null on the last. */
  next: number | null;
}

/** A message that no attempt could deliver. */
export interface DeadLetter {
  id: string;
  receiver: string;
  incidents: readonly number[];
  kind: NoticeKind;
  createdAt: number;
  diedAt: number;
  attempts: number;
  error: string;
}

export interface ReceiverHealth {
  name: string;
  /** Scheme and host only: paths and queries of webhooks are secrets. */
  target: string;
  payload: string;
  /** Messages that wait, and the age of the oldest in ms. */
  waiting: number;
  oldestMs: number;
  dead: number;
  lastDeliveredAt: number | null;
  /** The last failure since the last delivery; '' when all is well. */
  lastError: string;
}
