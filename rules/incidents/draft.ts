import type { Transition } from '../../model/evaluation.ts';
import type { Alert, Incident, Notice, NoticeKind, Recipient, TimelineKind } from '../../model/incident.ts';
import type { Rule } from '../../model/rule.ts';
import { type Book, type Folded, LOOPWATCH } from './book.ts';

/** An incident that is being changed: a copy, made once for each fold, so that a herd does not copy itself. */
export type Working = { -readonly [Key in keyof Incident]: Incident[Key] } & {
  alerts: Record<string, Alert>;
  recipients: Record<string, Recipient>;
};

/** What happened to one incident during a fold, until it is told. */
export interface Change {
  incident: Working;
  joined: Alert[];
  left: { alert: Alert; reason: Transition['reason'] }[];
  /** Alerts that fire by now: counted along, for asking each of a herd would be quadratic. */
  firing: number;
  /** The one thing to be told; '' for nothing. The later and graver replaces the earlier. */
  tell: NoticeKind | '';
}

/** A book that is being changed. */
export class Draft {
  readonly events: Folded['events'][number][] = [];
  readonly #notices: Notice[] = [];
  readonly #told = new Set<string>();
  readonly opened: { number: number; transition: Transition }[] = [];
  readonly now: number;
  readonly #before: Book;
  readonly #changes = new Map<string, Change>();
  readonly #incidents: Map<string, Incident>;
  #next: number;

  constructor(book: Book, now: number) {
    this.#before = book;
    this.#incidents = new Map(book.incidents);
    this.#next = book.next;
    this.now = now;
  }

  get(key: string): Incident | undefined {
    return this.#incidents.get(key);
  }

  incidents(): IterableIterator<Incident> {
    return this.#incidents.values();
  }

  changes(): IterableIterator<Change> {
    return this.#changes.values();
  }

  changeOf(key: string): Change | undefined {
    return this.#changes.get(key);
  }

  /** The incident for changing; its revision grows once for each fold. */
  edit(incident: Incident): Change {
    const known = this.#changes.get(incident.key);
    if (known) return known;
    const working: Working = {
      ...incident,
      revision: incident.revision + 1,
      alerts: { ...incident.alerts },
      recipients: { ...incident.recipients },
    };
    return this.#track(working);
  }

  /** Takes a number and puts a new incident under its key. */
  open(incident: Omit<Incident, 'number'>): Change {
    const working: Working = { ...incident, number: this.#next++, alerts: {}, recipients: {} };
    return this.#track(working);
  }

  /** Under another key. */
  move(incident: Incident, key: string): void {
    const former = incident.key;
    const { incident: working } = this.edit(incident);
    this.#changes.delete(former);
    this.#incidents.delete(former);
    working.key = key;
    this.#track(working);
  }

  /** Nothing about it can change any more. */
  drop(key: string): void {
    this.#incidents.delete(key);
  }

  say(incident: Incident, kind: TimelineKind, text: string, who: string = LOOPWATCH): void {
    this.events.push({ incident: incident.number, at: this.now, kind, who, text });
  }

  tell(notice: Notice): void {
    this.#notices.push(notice);
    this.#told.add(`${notice.incident.number} ${notice.receiver}`);
  }

  /** Whether this receiver is told of this incident already. */
  isTold({ number }: Incident, receiver: string): boolean {
    return this.#told.has(`${number} ${receiver}`);
  }

  done(): Folded {
    const changed = [...this.#changes.values()].map(({ incident }) => incident);
    const isSame = changed.length === 0 && this.#incidents.size === this.#before.incidents.size;
    return {
      book: isSame ? this.#before : { next: this.#next, incidents: this.#incidents },
      changed,
      events: this.events,
      notices: this.#notices,
      opened: this.opened,
    };
  }

  #track(incident: Working): Change {
    const change: Change = { incident, joined: [], left: [], firing: firingOf(incident).length, tell: '' };
    this.#changes.set(incident.key, change);
    this.#incidents.set(incident.key, incident);
    return change;
  }
}

/** Alerts that fire at this moment. */
export const firingOf = (incident: Incident): Alert[] =>
  Object.values(incident.alerts).filter(({ until }) => until === null);

/** Whether anything fires; cheaper than `firingOf`. */
export function isFiring(incident: Incident): boolean {
  for (const fingerprint in incident.alerts) if (incident.alerts[fingerprint]!.until === null) return true;
  return false;
}

const indexes = new WeakMap<readonly Rule[], RuleIndex>();

export interface RuleIndex {
  byName: ReadonlyMap<string, Rule>;
  /** From a former name to the present one. */
  renamed: ReadonlyMap<string, string>;
}

/** Rules by name, made once for each rule set. */
export function indexOf(rules: readonly Rule[]): RuleIndex {
  let index = indexes.get(rules);
  if (!index) {
    const byName = new Map(rules.map((rule) => [rule.name, rule]));
    const renamed = new Map(
      rules.flatMap((rule) => rule.previously.map((former) => [former, rule.name] as const)),
    );
    index = { byName, renamed };
    indexes.set(rules, index);
  }
  return index;
}
