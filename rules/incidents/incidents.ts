import type { Clock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { InstanceState, TickOutcome } from '../../model/evaluation.ts';
import type { Evidence, Incident, IncidentView } from '../../model/incident.ts';
import type { Rule, RuleSet, Silence } from '../../model/rule.ts';
import type { State } from '../../store/state/state.ts';
import { enqueue } from '../notify/message.ts';
import type { Background } from './background.ts';
import { type Book, type Folded, LOOPWATCH } from './book.ts';
import { Draft, indexOf } from './draft.ts';
import { createCollector, openEvidence } from './evidence.ts';
import { type CollectFindings, createFindings } from './findings.ts';
import { foldTick } from './fold.ts';
import { badFilesOf } from './own.ts';
import { draftRetrospective } from './retrospective.ts';
import { needsWriting } from './states.ts';
import { tellAgain } from './tell.ts';
import { resolve } from './transitions.ts';

/** Series, traces and logs around an opening; the store's side of it is handed in. Branches and samples are known. */
export type CollectEvidence = (
  incident: Incident,
  rule: Rule | undefined,
) => Promise<Pick<Evidence, 'series' | 'traces' | 'logs' | 'missing'>>;

export interface IncidentsOptions {
  state: State;
  set: () => RuleSet;
  clock: Clock;
  evidence: CollectEvidence;
  /** What is found out when one is resolved; without it nothing is. */
  findings?: CollectFindings;
  /** Called after a commit that put something into the outbox. */
  told?: () => void;
  log?: Log;
}

/** The one writer of incidents: what ticks decide, and what people do. All but evidence is synchronous. */
export interface IncidentDesk {
  /**
   * Writes all that one tick decided: states, incidents, timeline and outbox in one transaction. Nothing is written
   * when it throws, and the same outcome may be applied again. To be called for every tick.
   */
  apply(outcome: TickOutcome): void;
  /** The grid time of the last tick that was written; null before the first. */
  lastTick(): number | null;
  /** Null when there is none. */
  get(number: number): IncidentView | null;
  /** Stops repeats and escalation. @throws Problem `not_found` | `conflict` */
  acknowledge(number: number, by: string, comment: string): void;
  /** @throws Problem `not_found` */
  comment(number: number, by: string, text: string): void;
  /** By hand, whether it still fires or not; it is then not reopened. @throws Problem `not_found` | `conflict` */
  resolve(number: number, by: string, reason: string): void;
  /** Writes into its timeline that a silence holds back what it would tell. @throws Problem `not_found` */
  silenced(number: number, silence: Silence): void;
  /** The incident that an alert of this rule and instance belongs to now; null without. */
  of(rule: string, fingerprint: string): number | null;
  /**
   * Writes down what was done about an incident, in one transaction with `more`. With an escalation those who were told
   * of the incident are told that they have to take over.
   */
  acted(number: number | null, said: readonly string[], escalation: string, more: () => void): void;
  /** Resolves when all evidence that can be had now is written. */
  collected(): Promise<void>;
  /** Ends what is done in the background; what is missing is collected at the next start. */
  stop(): Promise<void>;
}

const LAST_TICK = 'last_tick';
/** Of one incident that are shown; the newest. */
const MOST_OPERATIONS = 100;

/** Takes up the incidents where the last process left them. */
export function createIncidents(options: IncidentsOptions): IncidentDesk {
  const { state, set, clock, evidence, told, log } = options;
  let book = readBook(state, clock.now());
  const written = new Map(state.instances.all().map((one) => [keyOf(one), one]));
  const collector = createCollector({ state, set, clock, evidence });
  const findings = options.findings && createFindings({ state, set, clock, findings: options.findings });
  const inBackground = (work: Background | undefined, what: string) => {
    work
      ?.run()
      .catch((thrown) => log?.error(`${what} cannot be kept.`, { reason: messageOf(thrown).slice(0, 300) }));
  };
  const collect = () => inBackground(collector, 'Evidence');
  const findOut = () => inBackground(findings, 'What was found out about an incident');
  const rules = (): RuleSet => {
    const files = set();
    return { ...files, silences: [...files.silences, ...state.silences.list(clock.now())] };
  };

  const commit = (folded: Folded, more: () => void = () => {}) => {
    state.transaction(() => {
      more();
      write(state, folded, clock.now());
    });
    book = folded.book;
    if (folded.notices.length > 0) told?.();
    if (folded.opened.length > 0) collect();
    if (folded.changed.some(({ status }) => status === 'resolved')) findOut();
  };

  const change = (number: number, act: (draft: Draft, incident: Incident) => void) => {
    const incident = [...book.incidents.values()].find((one) => one.number === number);
    if (!incident || incident.status === 'resolved') throw gone(state, number);
    const draft = new Draft(book, clock.now());
    act(draft, incident);
    commit(draft.done());
  };

  collect();
  findOut();
  return {
    apply: (outcome) => {
      const states = outcome.states.filter((one) => needsWriting(written.get(keyOf(one)), one));
      commit(foldTick(book, { ...outcome, badFiles: badFilesOf(set()) }, rules(), clock.now()), () => {
        state.instances.put(states);
        state.instances.remove(outcome.removed);
        state.flags.set(LAST_TICK, String(outcome.t));
      });
      for (const one of states) written.set(keyOf(one), one);
      for (const one of outcome.removed) written.delete(keyOf(one));
      if (outcome.sourceDown === '') {
        collect();
        findOut();
      }
    },
    lastTick: () => numberOrNull(state.flags.get(LAST_TICK)),
    get: (number) => viewOf(state, set, number),
    ...peopleOf({ state, clock, rules, change }),
    of: (rule, fingerprint) => liveOf(book, rule, fingerprint)?.number ?? null,
    acted: (number, said, escalation, more) => {
      const draft = new Draft(book, clock.now());
      if (escalation !== '') escalateBy(draft, rules(), number, escalation);
      const entries = said.map((text) => actionEntry(number, draft.now, text));
      commit(draft.done(), () => {
        more();
        if (number !== null) state.incidents.append(entries);
      });
    },
    collected: collector.run,
    stop: async () => {
      await Promise.all([collector.stop(), findings?.stop()]);
    },
  };
}

function viewOf(state: State, set: () => RuleSet, number: number): IncidentView | null {
  const view = state.incidents.get(number);
  if (view === null) return null;
  const operations = state.operations.list({ incident: number, limit: MOST_OPERATIONS }).reverse();
  const whole = { ...view, operations };
  if (view.incident.status !== 'resolved') return { ...whole, retrospective: '' };
  const rule = indexOf(set().rules).byName.get(view.incident.rule);
  return { ...whole, retrospective: draftRetrospective(whole, rule, state.incidents.findings(number)) };
}

function liveOf(book: Book, rule: string, fingerprint: string): Incident | undefined {
  for (const incident of book.incidents.values())
    if (incident.rule === rule && incident.status !== 'resolved' && fingerprint in incident.alerts)
      return incident;
  return undefined;
}

/** People have to take over: those who were told of the incident hear of it. */
function escalateBy(draft: Draft, set: RuleSet, number: number | null, why: string): void {
  const incident = [...draft.incidents()].find((one) => one.number === number);
  if (!incident || incident.status === 'resolved') return;
  const { incident: working } = draft.edit(incident);
  if (working.acknowledged === null) working.status = 'escalated';
  draft.say(working, 'escalated', why);
  tellAgain(draft, set, working, 'escalated');
}

const actionEntry = (number: number | null, at: number, text: string) =>
  ({ incident: number ?? 0, at, kind: 'action', who: LOOPWATCH, text }) as const;

interface People {
  state: State;
  clock: Clock;
  rules: () => RuleSet;
  /** Changes an incident that is not resolved, and writes it. @throws Problem */
  change: (number: number, act: (draft: Draft, incident: Incident) => void) => void;
}

/** What people do. */
function peopleOf({
  state,
  clock,
  rules,
  change,
}: People): Pick<IncidentDesk, 'acknowledge' | 'comment' | 'resolve' | 'silenced'> {
  const note = (number: number, kind: 'commented' | 'silenced', who: string, text: string) => {
    if (state.incidents.get(number) === null) throw gone(state, number);
    state.incidents.append([{ incident: number, at: clock.now(), kind, who, text }]);
  };
  return {
    acknowledge: (number, by, comment) =>
      change(number, (draft, incident) => {
        if (incident.acknowledged !== null)
          throw new Problem('conflict', `#${number} is acknowledged already, by ${incident.acknowledged.by}`);
        const { incident: working } = draft.edit(incident);
        working.status = 'acknowledged';
        working.acknowledged = { at: draft.now, by };
        draft.say(working, 'acknowledged', comment, by);
        tellAgain(draft, rules(), working, 'acknowledged');
      }),
    comment: (number, by, text) => note(number, 'commented', by, text),
    resolve: (number, by, reason) =>
      change(number, (draft, incident) => {
        const working = draft.edit(incident);
        resolve(draft, working, { at: draft.now, by, reason: reason || 'Resolved by hand.' }, 0);
        tellAgain(draft, rules(), working.incident, 'resolved');
        draft.drop(incident.key);
      }),
    silenced: (number, { id, to, by, comment }) =>
      note(number, 'silenced', by, `Silenced until ${new Date(to).toISOString()} (${id}). ${comment}`),
  };
}

const keyOf = ({ rule, fingerprint }: Pick<InstanceState, 'rule' | 'fingerprint'>): string =>
  `${rule}/${fingerprint}`;

const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text));

function readBook(state: State, now: number): Book {
  const incidents = new Map(state.incidents.live(now).map((incident) => [incident.key, incident]));
  return { next: state.incidents.lastNumber() + 1, incidents };
}

function write(state: State, { changed, events, notices, opened }: Folded, now: number): void {
  state.incidents.put(changed);
  state.incidents.append(events);
  for (const [i, { number, transition }] of opened.entries()) openEvidence(state, number, transition, i);
  enqueue(state, notices, now);
}

function gone(state: State, number: number): Problem {
  return state.incidents.get(number) === null
    ? new Problem('not_found', `There is no incident #${number}`)
    : new Problem('conflict', `#${number} is resolved already`);
}
