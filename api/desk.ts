/** What the API needs of rules, incidents and notifications; `app` hands it in. */
import type { InstanceState, PastTransition } from '../model/evaluation.ts';
import type {
  DeadLetter,
  IncidentStatus,
  IncidentsView,
  IncidentView,
  ReceiverHealth,
} from '../model/incident.ts';
import type { KillSwitch, LoopTimes, Operation, OperationStatus, Role, Verdict } from '../model/operation.ts';
import type { RuleSet, Silence } from '../model/rule.ts';

export interface Desk {
  set(): RuleSet;
  /** States of instances by now: of one rule, or of all. */
  states(rule?: string): readonly InstanceState[];
  /** Every branch of a rule at a moment; undefined where nothing can explain. @throws Problem `not_found` */
  explain?: (rule: string, at: number) => Promise<unknown>;
  /** Changes of phase of a rule in (from, to], unix ms, the newest first. @throws Problem as the store's */
  transitions(
    rule: string,
    range: { from: number; to: number; limit: number },
  ): Promise<readonly PastTransition[]>;
  incidents: {
    list(filter: {
      status?: IncidentStatus | 'open' | undefined;
      rule?: string | undefined;
      severity?: string | undefined;
      text?: string | undefined;
      before?: number | undefined;
      limit: number;
    }): IncidentsView;
    get(number: number): Promise<IncidentView | null>;
    /** @throws Problem `not_found` | `conflict`, as the others */
    acknowledge(number: number, by: string, comment: string): void;
    comment(number: number, by: string, text: string): void;
    resolve(number: number, by: string, reason: string): void;
    silenced(number: number, silence: Silence): void;
  };
  operations: {
    list(filter: {
      rule?: string | undefined;
      incident?: number | undefined;
      target?: string | undefined;
      status?: OperationStatus | 'live' | undefined;
      verdict?: Verdict | undefined;
      before?: string | undefined;
      limit: number;
    }): readonly Operation[];
    get(id: string): Operation | null;
    /** @throws Problem `not_found` | `conflict` | `forbidden` */
    decide(id: string, decision: { by: string; role: Role; approved: boolean; comment: string }): void;
    /** @param since unix ms */
    ledger(since: number): readonly LoopTimes[];
  };
  killSwitch: {
    read(): KillSwitch;
    /** '' turns it off, but for its file. */
    set(reason: string): void;
  };
  silences: {
    list(now: number, options?: { ended?: boolean }): readonly Silence[];
    get(id: string): Silence | null;
    put(silence: Silence): void;
  };
  notifications: {
    health(): readonly ReceiverHealth[];
    /** @throws Problem `not_found` */
    test(receiver: string): Promise<{ ok: boolean; status: number; ms: number; error: string }>;
    deadLetters(limit: number): readonly DeadLetter[];
    /** @throws Problem `not_found` */
    redeliver(id: string): void;
  };
}
