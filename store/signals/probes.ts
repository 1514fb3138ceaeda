/**
 * Runs of probes as signals. A run counts at its end; skipped ones and faults of the probe itself do not. Of a tainted run
 * neither the duration counts, nor what a journey did not see in time; a busy machine refuses no connection, though, and
 * answers no 404: if that did not count, a machine that is always busy would never tell of anything.
 */
import { messageOf, Problem } from '../../base/errors.ts';
import type { Labels, ProbeSignal, Reading, Sample } from '../../model/signal.ts';
import type { Engine } from '../engine.ts';

export type ProbeReader = (spec: ProbeSignal) => Reading;

interface Run {
  /** Unix ms of its end. */
  at: number;
  passed: boolean;
  tainted: boolean;
  /** It broke a threshold of its definition. */
  slow: boolean;
  /** It keeps evidence, which makes it slower. */
  confirms: boolean;
  ms: number;
}

interface LocationRuns {
  probe: string;
  location: string;
  /** By time, ascending. */
  runs: readonly Run[];
}

/** A run is looked for by its slot, which may be so long before its end. */
const LONGEST_RUN_S = 3_600;

/** Reads the runs that these signals need at `t` (unix ms), all in one query. @throws Problem of the whole store */
export async function readProbes(
  signals: readonly ProbeSignal[],
  t: number,
  engine: Engine,
): Promise<ProbeReader> {
  if (signals.length === 0) return () => ({ ok: true, samples: [] });
  try {
    const all = await readRuns(engine, signals, t);
    return (spec) => ({ ok: true, samples: samplesOf(spec, all, t) });
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'store_down') throw thrown;
    return () => ({ ok: false, error: messageOf(thrown).slice(0, 500) });
  }
}

async function readRuns(engine: Engine, signals: readonly ProbeSignal[], t: number): Promise<LocationRuns[]> {
  const longest = Math.max(...signals.map(({ window }) => window));
  const rows = await engine.query<{
    probe: string;
    location: string;
    runs: [at: number, passed: boolean, tainted: boolean, slow: boolean, confirms: boolean, ms: number][];
  }>(
    `SELECT Name AS probe, Location AS location, arraySort(groupArray((at, passed, Tainted, slow, confirms, ms))) AS runs
     FROM (
       SELECT Name, Location, toUnixTimestamp64Milli(StartedAt) + toInt64(DurationMs) AS at, Verdict = 'passed' AS passed, Tainted, notEmpty(Exceeded) AS slow, Confirms != '' AS confirms, DurationMs AS ms
       FROM probe_runs FINAL
       WHERE ScheduledAt > fromUnixTimestamp64Milli({from:Int64} - ${LONGEST_RUN_S * 1_000}) AND ScheduledAt <= fromUnixTimestamp64Milli({t:Int64})
         AND ({all:Bool} OR Name IN {names:Array(String)})
         AND Verdict != 'skipped' AND FailureClass != 'probe' AND NOT (Tainted AND Kind = 'journey' AND FailureClass = 'assertion')
     )
     WHERE at > {from:Int64} AND at <= {t:Int64}
     GROUP BY probe, location ORDER BY probe, location`,
    {
      t,
      from: t - longest,
      all: signals.some(({ probe }) => probe === ALL),
      names: [...new Set(signals.map(({ probe }) => probe))],
    },
  );
  return rows.map(({ runs, ...row }) => ({
    ...row,
    runs: runs.map(([at, passed, tainted, slow, confirms, ms]) => ({
      at: Number(at),
      passed: Boolean(passed),
      tainted: Boolean(tainted),
      slow: Boolean(slow),
      confirms: Boolean(confirms),
      ms,
    })),
  }));
}

/** Stands for every probe. */
const ALL = '*';

function samplesOf(spec: ProbeSignal, all: readonly LocationRuns[], t: number): Sample[] {
  const groups = new Map<string, { labels: Labels; locations: LocationRuns[] }>();
  for (const { probe, location, runs } of all) {
    if (spec.probe !== ALL && probe !== spec.probe) continue;
    const counted = runs.filter((run) => run.at > t - spec.window && counts(run, spec.measure));
    if (counted.length === 0) continue;
    const labels = labelsOf(spec, { probe, location });
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, locations: [] };
    group.locations.push({ probe, location, runs: counted });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, locations }) => sampleOf(spec, labels, locations));
}

function sampleOf(spec: ProbeSignal, labels: Labels, locations: readonly LocationRuns[]): Sample {
  const count = locations.reduce((sum, { runs }) => sum + runs.length, 0);
  if (spec.measure === 'duration') return { labels, value: p75(locations), count };
  const [{ consecutiveRuns }, isBad] =
    'failed' in spec.measure
      ? [spec.measure.failed, ({ passed }: Run) => !passed]
      : [spec.measure.slow, ({ slow }: Run) => slow];
  const failing = locations
    .filter(({ runs }) => {
      const last = runs.slice(-consecutiveRuns);
      return last.length === consecutiveRuns && last.every(isBad);
    })
    .map(({ location }) => location)
    .sort();
  return { labels, value: failing.length >= spec.locations ? 1 : 0, count, details: { locations: failing } };
}

/** Whether a run says something about what is asked: how long it took is told by good ones of an idle machine. */
function counts({ passed, tainted, confirms }: Run, measure: ProbeSignal['measure']): boolean {
  if (measure === 'duration') return !tainted;
  return 'failed' in measure || (passed && !tainted && !confirms);
}

/** Nearest rank over the good runs, ms. */
function p75(locations: readonly LocationRuns[]): number | null {
  const good = locations
    .flatMap(({ runs }) => runs.filter(({ passed }) => passed).map(({ ms }) => ms))
    .sort((a, b) => a - b);
  return good[Math.ceil(0.75 * good.length) - 1] ?? null;
}

function labelsOf({ by }: ProbeSignal, values: Readonly<Record<string, string>>): Labels {
  return Object.fromEntries(by.flatMap((label) => (values[label] ? [[label, values[label]]] : [])));
}
