import type { JourneyFile, JourneyOutcome } from '../runner/port.ts';

/** One promise about time that a run broke. */
export interface Exceeded {
  /** '' for the whole journey. */
  step: string;
  measuredMs: number;
  thresholdMs: number;
}

/**
 * What was slower than its threshold. A run can pass and be too slow; whether that counts is for whoever knows how busy
 * the machine was (`RunConditions.tainted`).
 */
export function exceededThresholds(
  { thresholds }: Pick<JourneyFile, 'thresholds'>,
  { durationMs, steps }: Pick<JourneyOutcome, 'durationMs' | 'steps'>,
): Exceeded[] {
  const times = [{ step: '', measuredMs: durationMs, thresholdMs: thresholds.duration }].concat(
    steps.map(({ name, durationMs: measuredMs }) => ({
      step: name,
      measuredMs,
      thresholdMs: Object.hasOwn(thresholds.steps, name) ? thresholds.steps[name] : undefined,
    })),
  );
  return times.filter(
    (one): one is Exceeded => one.thresholdMs !== undefined && one.measuredMs > one.thresholdMs,
  );
}
