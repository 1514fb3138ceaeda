/** What the schedule runs: a journey and a check look the same to it. */
import type { ProbeKind, ProbeThresholds } from '../../model/probe.ts';
import type { Check } from '../checks/check.ts';
import { type CheckWorld, runCheck } from '../checks/run.ts';
import type { JourneyFile, JourneyOutcome, JourneyRunner, RunOrder } from '../runner/port.ts';
import type { HostCpu } from './host-cpu.ts';

export interface Probe {
  name: string;
  kind: ProbeKind;
  /** Short hash of the definition. */
  definition: string;
  /** Milliseconds. */
  every: number;
  timeout: number;
  thresholds: ProbeThresholds;
  tags: Record<string, string>;
  /** Empty: every location. */
  locations: readonly string[];
  /** Null when it can run here, else the sentence that says how to mend it. */
  unavailable(): string | null;
  /** Once. Never throws. */
  run(order: Omit<RunOrder, 'allow'>): Promise<ProbeOutcome>;
}

export type ProbeOutcome = JourneyOutcome & {
  /** Unix milliseconds; null where no certificate was seen. */
  certificateExpiresAt: number | null;
};

/** A check as something that can be scheduled. */
export function checkProbe(check: Check, world: CheckWorld, hostCpu: HostCpu): Probe {
  const { name, kind, definition, every, timeout, tags, locations, threshold } = check;
  return {
    ...{ name, kind, definition, every, timeout, tags, locations },
    thresholds: { duration: threshold, steps: {} },
    unavailable: () => null,
    run: async (order) => {
      const outcome = await runCheck(check, { ...order, allow: [] }, world);
      return { ...outcome, artifacts: [], hostCpu: hostCpu.since(outcome.startedAt) };
    },
  };
}

/** A journey as something that can be scheduled. */
export function journeyProbe(journey: JourneyFile, runner: JourneyRunner): Probe {
  const { name, definition, every, timeout, tags, locations, thresholds, allow } = journey;
  return {
    ...{ name, kind: 'journey', definition, every, timeout, tags, locations },
    thresholds: { duration: thresholds.duration ?? null, steps: thresholds.steps },
    unavailable: () => runner.unavailable(),
    run: async (order) => ({
      ...(await runner.run(journey, { ...order, allow })),
      certificateExpiresAt: null,
    }),
  };
}
