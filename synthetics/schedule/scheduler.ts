import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { ProbeRun, RunConditions } from '../../model/probe.ts';
import { exceededThresholds } from '../journey/thresholds.ts';
import type { KeptArtifact } from '../runner/port.ts';
import type { HostCpu } from './host-cpu.ts';
import { Lane, type LaneOptions } from './lane.ts';
import type { Probe, ProbeOutcome } from './probe.ts';
import { Timetable } from './timetable.ts';

/** A run that is over, and the files it left for the reporter to move or delete. */
export type Reported = (run: ProbeRun, artifacts: readonly KeptArtifact[]) => void;

export interface SchedulerOptions {
  location: string;
  clock: Clock;
  hostCpu: HostCpu;
  report: Reported;
  lanes?: Record<keyof typeof LANES, LaneOptions>;
}

/**
 * One journey at once, because two measure each other (+36–40 % at two, ×2.5 at four on two cores); one that takes long
 * mostly waits, and to let others wait for it would be worse. A check costs next to nothing.
 */
const LANES = {
  journeys: { places: 1, patienceMs: 5_000, aside: 2 },
  checks: { places: 10, patienceMs: 1_000, aside: 90 },
} satisfies Record<string, LaneOptions>;

/** How far ahead the timer looks: a clock that jumps is noticed within it. */
const LOOK_MS = 1_000;
/** Of a machine that was busier (0..1), or a run that waited longer, times say more about the probe than about the target. */
export const TAINTED_CPU = 0.8;
const TAINTED_DELAY_MS = 1_000;

/** Runs probes at their slots, confirms failures at once, and reports every slot, also those without a run. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #timetable: Timetable<Probe>;
  readonly #lanes: { journeys: Lane; checks: Lane };
  /** Probes that wait or run, with the slot they do it for. */
  readonly #busy = new Map<string, { slot: number; hasBegun: boolean }>();
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Nothing begins any more; then, what has not ended is not told of any more. */
  #stopped = false;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { journeys, checks } = options.lanes ?? LANES;
    this.#timetable = new Timetable(options.location);
    this.#lanes = { journeys: new Lane(journeys), checks: new Lane(checks) };
  }

  /** What is scheduled from now on; runs that have begun end by their old definition. */
  replace(probes: readonly Probe[]): void {
    const { location, clock } = this.#options;
    const here = probes.filter((probe) => runsAt(probe, location));
    this.#timetable.replace(here, clock.now());
    this.#arm();
  }

  /** Starts nothing any more and forgets what waits. Runs that have begun are waited for, `withinMs` at most. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const lanes = Object.values(this.#lanes);
    for (const lane of lanes) lane.clear();
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([Promise.all(lanes.map((lane) => lane.idle())), enough]);
    clearTimeout(timer);
    this.#closed = true;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#timetable.next();
    if (this.#stopped || next === null) return;
    const wait = Math.min(LOOK_MS, Math.max(0, next - this.#options.clock.now()));
    this.#timer = setTimeout(() => this.#look(), wait);
  }

  #look(): void {
    this.#options.hostCpu.sample();
    for (const { probe, slot, missed } of this.#timetable.due(this.#options.clock.now()))
      if (missed === '') this.#depart(probe, slot);
      else this.#skip(probe, slot, missed);
    this.#arm();
  }

  #depart(probe: Probe, slot: number): void {
    const unavailable = probe.unavailable();
    const before = this.#busy.get(probe.name);
    const reason =
      unavailable ??
      (before === undefined
        ? ''
        : `The run of ${new Date(before.slot).toISOString()} ${before.hasBegun ? 'had not ended' : 'still waited for its turn'}.`);
    if (reason !== '') {
      this.#skip(probe, slot, reason);
      return;
    }
    const busy = { slot, hasBegun: false };
    this.#busy.set(probe.name, busy);
    const lane = probe.kind === 'journey' ? this.#lanes.journeys : this.#lanes.checks;
    lane.enter(probe.name, async () => {
      busy.hasBegun = true;
      const run = await this.#run(probe, slot, '');
      // What fails once may be chance; what fails twice within seconds is not. The place in the lane is kept for it.
      const blames = run.failure !== null && run.failure.class !== 'probe';
      if (blames && !this.#stopped) await this.#run(probe, slot, run.traceId);
      this.#busy.delete(probe.name);
    });
  }

  async #run(probe: Probe, slot: number, confirms: string): Promise<ProbeRun> {
    const { clock, report } = this.#options;
    const ids = { traceId: hex(16), spanId: hex(8) };
    // A confirming run waits for nothing but the run that it confirms.
    const queueDelayMs = confirms === '' ? Math.max(0, clock.now() - slot) : 0;
    const concurrency = ++this.#running;
    const order = { ...ids, timeoutMs: probe.timeout, keepsEvidence: confirms !== '' };
    const startedAt = clock.now();
    const outcome = await probe.run(order).catch((thrown) => broken(startedAt, clock.now(), thrown));
    this.#running--;
    const conditions = conditionsOf(queueDelayMs, concurrency, outcome.hostCpu);
    const counts = !conditions.tainted && confirms === '';
    const exceeded = counts ? exceededThresholds(probe, outcome).map(({ step }) => step) : [];
    const run = { ...this.#blank(probe, slot), ...ids, ...measured(outcome), exceeded, confirms, conditions };
    // Whoever is cut short by our own end has not failed.
    if (!this.#closed) report(run, outcome.artifacts);
    return run;
  }

  #skip(probe: Probe, slot: number, reason: string): void {
    this.#options.report({ ...this.#blank(probe, slot), skipped: reason }, []);
  }

  /** A run that did not happen. */
  #blank(probe: Probe, slot: number): ProbeRun {
    const { name, kind, definition, every, thresholds, tags } = probe;
    return {
      ...{ name, kind, definition, every, thresholds, tags },
      traceId: hex(16),
      spanId: hex(8),
      location: this.#options.location,
      scheduledAt: slot,
      startedAt: slot,
      durationMs: 0,
      verdict: 'skipped',
      failure: null,
      skipped: '',
      exceeded: [],
      confirms: '',
      certificateExpiresAt: null,
      conditions: conditionsOf(0, 0, 0),
      steps: [],
      artifacts: [],
    };
  }
}

/** Whether a probe is for this location: without any it is for all. */
export function runsAt({ locations }: Pick<Probe, 'locations'>, location: string): boolean {
  return locations.length === 0 || locations.includes(location);
}

/** What of an outcome is part of its run. */
function measured(outcome: ProbeOutcome) {
  const { startedAt, durationMs, verdict, failure, steps, certificateExpiresAt } = outcome;
  const artifacts = outcome.artifacts.map(({ kind, sha256, bytes, type }) => ({ kind, sha256, bytes, type }));
  return { startedAt, durationMs, verdict, failure, steps, certificateExpiresAt, artifacts };
}

/** A runner promises not to throw; one that does must not take the schedule with it. */
function broken(startedAt: number, now: number, thrown: unknown): ProbeOutcome {
  const failure = { class: 'probe' as const, step: '', message: messageOf(thrown) };
  const nothing = { steps: [], artifacts: [], hostCpu: 0, certificateExpiresAt: null };
  return { startedAt, durationMs: now - startedAt, verdict: 'failed', failure, ...nothing };
}

/** @param hostCpu 0..1 */
export function conditionsOf(queueDelayMs: number, concurrency: number, hostCpu: number): RunConditions {
  const tainted = hostCpu > TAINTED_CPU || queueDelayMs > TAINTED_DELAY_MS;
  return { queueDelayMs, concurrency, hostCpu, tainted };
}

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
