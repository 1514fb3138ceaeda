/**
 * The loop at work: whatever is due is read, evaluated and committed, moment by moment in their order. A moment that was
 * missed (a restart, a store that was away) is made up for from the store, up to an hour; one that was missed because
 * evaluation is slower than its interval is left out, and said.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { InstanceState, TickOutcome } from '../../model/evaluation.ts';
import type { Operation } from '../../model/operation.ts';
import type { Rule } from '../../model/rule.ts';
import type { SignalSource } from '../../model/signal.ts';
import type { RulesStatus } from '../../model/status.ts';
import { type History, Thinning } from './history.ts';
import { continued, moved } from './resume.ts';
import { createSchedule, type Schedule } from './schedule.ts';
import { States } from './states.ts';
import { emptyTick, evaluateBatch, outcomeOf, retireGone } from './tick.ts';

export interface RunOptions {
  /** All that are loaded, in a new list whenever they changed. */
  rules: () => readonly Rule[];
  source: SignalSource;
  /** States as they were written last. */
  states: readonly InstanceState[];
  /** Commits a tick. @throws when nothing of it was written; it is tried again */
  apply: (outcome: TickOutcome) => void;
  /** Operations whose verification wants to see each tick. */
  verifying?: () => readonly Operation[];
  /** The last moment that was dealt with, unix ms. */
  position: { read(): number | null; write(due: number): void };
  history: History;
  /** When the oldest item arrived that is not in the store yet (unix ms); null when there is none. */
  waitingSince: () => number | null;
  clock: Clock;
  /** Milliseconds that only ever grow at their pace; tells a jump of the clock. */
  monotonic: () => number;
  log: Log;
}

export interface RulesRun {
  /** Deals with the oldest moment that is due. @returns when to be called again, unix ms, which may be over already */
  turn(): Promise<number>;
  status(): Omit<RulesStatus, 'problems'>;
  /** Of all instances, or those of a rule, as of their last tick. */
  states(rule?: string): readonly InstanceState[];
}

const HOUR_MS = 3_600_000;
/** Without rules incidents still go on: escalation, repeats. */
const IDLE_PACE_MS = 30_000;
const RETRY_MS = 2_000;
/** A restart of the engine takes some seconds; that is no incident. */
const DOWN_AFTER_MS = 30_000;
const LOOK_AGAIN_MS = 250;
const LATE_MS = 10_000;
const JUMP_MS = 30_000;

/** Takes up the rules where the last process left them. */
export function createRun(options: RunOptions): RulesRun {
  return new Run(options);
}

class Run implements RulesRun {
  readonly #given: RunOptions;
  readonly #thinning = new Thinning();
  readonly #states: States;
  readonly #failing = new Set<string>();
  readonly #pending: TickOutcome[] = [];
  #rules: readonly Rule[] = [];
  #schedule: Schedule;
  #position: number;
  #offset: number;
  /** Moments up to here are made up for, those after it are left out when they are late. */
  #makeUpTo: number;
  #failingSince: number | null = null;
  #status = { lastTick: null as number | null, tookMs: 0, skipped: 0, detail: '' };

  constructor(options: RunOptions) {
    const { clock, position, rules, states, monotonic } = options;
    this.#given = options;
    const now = clock.now();
    this.#offset = now - monotonic();
    this.#makeUpTo = now;
    this.#rules = rules();
    this.#schedule = createSchedule(this.#rules);
    const last = position.read();
    this.#position = Math.min(last ?? now, now);
    const before = last !== null && last > now ? states.map((state) => moved(state, now - last)) : states;
    this.#states = new States(continued(before, this.#rules, this.#position));
    if (now - this.#position > HOUR_MS) {
      this.#given.log.warn('Rules were not evaluated for more than an hour; the last hour is made up for.');
      this.#position = now - HOUR_MS;
    }
  }

  async turn(): Promise<number> {
    const { clock } = this.#given;
    this.#takeUpRules();
    this.#watchClock();
    try {
      this.#commit();
      return await this.#oldest();
    } catch (thrown) {
      this.#given.log.error('A tick of the rules could not be written; it is tried again.', {
        reason: messageOf(thrown).slice(0, 300),
      });
      this.#makeUpTo = clock.now();
      return clock.now() + RETRY_MS;
    }
  }

  async #oldest(): Promise<number> {
    const { clock } = this.#given;
    const due = this.#schedule.next(this.#position);
    if (due === null) return this.#idle();
    if (due > clock.now()) return due;
    if (this.#isStillArriving(due)) return clock.now() + LOOK_AGAIN_MS;
    for (const moment of this.#momentsFrom(due)) {
      if (!(await this.#evaluate(moment))) return clock.now() + RETRY_MS;
      this.#position = moment;
      this.#given.position.write(moment);
    }
    return this.#schedule.next(this.#position)!;
  }

  /** The next moment alone, or what is left of several that are late by our own fault. */
  #momentsFrom(due: number): number[] {
    const now = this.#given.clock.now();
    const late = Math.max(LATE_MS, 2 * this.#schedule.pace);
    if (due <= this.#makeUpTo || now - due <= late) return [due];
    const moments = this.#schedule.newest(this.#position, now);
    const skipped = Math.floor((now - due) / this.#schedule.pace);
    this.#status.skipped += skipped;
    this.#given.log.warn('Evaluating the rules takes longer than their interval; ticks are left out.', {
      skipped,
      lastTookMs: Math.round(this.#status.tookMs),
    });
    return moments;
  }

  /** @returns false when the source does not answer; nothing has changed then */
  async #evaluate(due: number): Promise<boolean> {
    const { clock, monotonic, source } = this.#given;
    const began = monotonic();
    for (const batch of this.#schedule.batches(due)) {
      let readings: Awaited<ReturnType<SignalSource['read']>>;
      try {
        readings = await source.read(batch.signals, batch.t);
      } catch (thrown) {
        this.#sourceFails(batch.t, thrown);
        return false;
      }
      if (this.#failingSince !== null) this.#makeUpTo = clock.now();
      this.#failingSince = null;
      this.#status.detail = '';
      const tick = await evaluateBatch(batch, readings, this.#states, this.#given.verifying?.());
      retireGone(tick, this.#rules, this.#states);
      for (const rule of batch.rules) this.#failing.delete(rule.name);
      for (const { rule } of tick.errors) this.#failing.add(rule);
      this.#pending.push(outcomeOf(tick));
      this.#commit();
      this.#status.lastTick = batch.t;
    }
    this.#status.tookMs = monotonic() - began;
    return true;
  }

  /** Writes what was decided, in its order; stops at the first that cannot be written. */
  #commit(): void {
    for (let outcome = this.#pending[0]; outcome !== undefined; outcome = this.#pending[0]) {
      this.#given.apply(outcome);
      this.#pending.shift();
      if (outcome.sourceDown === '') this.#given.history.write(this.#thinning.rowsOf(outcome));
    }
  }

  #sourceFails(t: number, thrown: unknown): void {
    const now = this.#given.clock.now();
    const reason = messageOf(thrown).slice(0, 300);
    if (!(thrown instanceof Problem)) this.#given.log.error('Reading signals failed.', { reason });
    this.#failingSince ??= now;
    this.#status.detail = `The data cannot be read: ${reason}`;
    this.#makeUpTo = now;
    if (now - this.#failingSince < DOWN_AFTER_MS) return;
    this.#pending.push(outcomeOf(emptyTick(t), reason));
    this.#commit();
  }

  /** Whether items that belong to this moment may still be on their way from the journal. */
  #isStillArriving(due: number): boolean {
    const { clock, waitingSince } = this.#given;
    const since = waitingSince();
    const now = clock.now();
    if (since === null || since > due || now < due) return false;
    this.#makeUpTo = now;
    if (now - due > DOWN_AFTER_MS) {
      const reason = `what arrived ${Math.round((now - since) / 1_000)} s ago is not stored yet`;
      this.#status.detail = `Rules wait: ${reason}.`;
      if (this.#failingSince === null) {
        this.#failingSince = now;
        this.#pending.push(outcomeOf(emptyTick(due), reason));
        this.#commit();
      }
    }
    return true;
  }

  #idle(): number {
    const now = this.#given.clock.now();
    const due = Math.floor(now / IDLE_PACE_MS) * IDLE_PACE_MS;
    if (due > this.#position) {
      const tick = emptyTick(due);
      retireGone(tick, this.#rules, this.#states);
      this.#pending.push(outcomeOf(tick));
      this.#commit();
      this.#position = due;
      this.#given.position.write(due);
    }
    return due + IDLE_PACE_MS;
  }

  #takeUpRules(): void {
    const rules = this.#given.rules();
    if (rules === this.#rules) return;
    this.#rules = rules;
    this.#schedule = createSchedule(rules);
  }

  /** A clock that was set moves all times with it: no `for` grows or shrinks, no storm follows. */
  #watchClock(): void {
    const { clock, monotonic, log } = this.#given;
    const offset = clock.now() - monotonic();
    const jump = offset - this.#offset;
    if (Math.abs(jump) < JUMP_MS) return;
    this.#offset = offset;
    log.warn(`The clock jumped by ${Math.round(jump / 1_000)} s; rules go on from there.`);
    this.#position += jump;
    this.#makeUpTo += jump;
    this.#states.map((state) => moved(state, jump));
  }

  states(rule?: string): readonly InstanceState[] {
    return rule === undefined ? this.#states.all() : this.#states.of(rule);
  }

  status(): Omit<RulesStatus, 'problems'> {
    const all = this.#states.all();
    const inPhase = (wanted: string) => all.filter(({ phase }) => phase === wanted).length;
    return {
      loaded: this.#rules.filter(({ mode }) => mode !== 'disabled').length,
      firing: inPhase('firing'),
      pending: inPhase('pending'),
      unknown: all.filter(({ unknown }) => unknown !== null).length,
      failing: this.#failing.size,
      ...this.#status,
    };
  }
}
