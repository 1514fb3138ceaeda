/** Runs of probes as signals. A run counts at its end; skipped and tainted runs and faults of the probe itself do not. */
import { messageOf, Problem } from '../../base/errors.ts';
import type { Labels, ProbeSignal, Reading, Sample } from '../../model/signal.ts';
import type { Engine } from '../engine.ts';

export type ProbeReader = (spec: ProbeSignal) => Reading;

interface Run {
  /** Unix ms of its end. */
  at: number;
  passed: boolean;
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
    runs: [at: number, passed: boolean, ms: number][];
  }>(
    `SELECT Name AS probe, Location AS location, arraySort(groupArray((at, passed, ms))) AS runs
     FROM (
       SELECT Name, Location, toUnixTimestamp64Milli(StartedAt) + toInt64(DurationMs) AS at, Verdict = 'passed' AS passed, DurationMs AS ms
       FROM probe_runs FINAL
       WHERE ScheduledAt > fromUnixTimestamp64Milli({from:Int64} - ${LONGEST_RUN_S * 1_000}) AND ScheduledAt <= fromUnixTimestamp64Milli({t:Int64})
         AND ({all:Bool} OR Name IN {names:Array(String)})
         AND Verdict != 'skipped' AND NOT Tainted AND FailureClass != 'probe'
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
    runs: runs.map(([at, passed, ms]) => ({ at: Number(at), passed: Boolean(passed), ms })),
  }));
}

/** Stands for every probe. */
const ALL = '*';

function samplesOf(spec: ProbeSignal, all: readonly LocationRuns[], t: number): Sample[] {
  const groups = new Map<string, { labels: Labels; locations: LocationRuns[] }>();
  for (const { probe, location, runs } of all) {
    if (spec.probe !== ALL && probe !== spec.probe) continue;
    const counted = runs.filter(({ at }) => at > t - spec.window);
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
  const { consecutiveRuns } = spec.measure.failed;
  const failing = locations
    .filter(({ runs }) => {
      const last = runs.slice(-consecutiveRuns);
      return last.length === consecutiveRuns && last.every(({ passed }) => !passed);
    })
    .map(({ location }) => location)
    .sort();
  return { labels, value: failing.length >= spec.locations ? 1 : 0, count, details: { locations: failing } };
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
