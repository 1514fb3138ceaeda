import { bottleneckOf } from '../../model/bottleneck.ts';
import { type CapacityView, type ResourceView, tightness } from '../../model/capacity.ts';
import { isMetric, RESOURCE_KINDS } from '../../model/resources.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { listMetrics } from './metric-catalogue.ts';
import { readResourceSeries, type SentMetric } from './resource-series.ts';
import { peaksOf, readingsOf, resourcesOf } from './resources.ts';
import { readLoads } from './services.ts';
import { readSlowPaths } from './slow-paths.ts';
import { minuteGrid } from './window.ts';

const SLOTS = 60;
const WEEK_MS = 7 * 86_400_000;
const HOURS_OF_A_WEEK = 168;
const MOST_RESOURCES = 300;
/** Points of a longer range are too many to read at once; its newest part is. */
const LONGEST_MS = 2 * 86_400_000;

/** Every resource that metrics tell of, the tightest first, and what the slow traces wait for. */
export async function readCapacity(engine: Engine, asked: TimeRange, env: string): Promise<CapacityView> {
  const range = { from: Math.max(asked.from, asked.to - LONGEST_MS), to: asked.to };
  const before = (ms: number) => ({ from: range.from - ms, to: range.to - ms });
  const grid = minuteGrid(range, SLOTS);
  const [resources, now, past] = await Promise.all([
    readResources(engine, range, env),
    readSlowPaths(engine, range, env),
    readSlowPaths(engine, before(range.to - range.from), env),
  ]);
  return {
    range: { from: grid.start * 1_000, to: range.to },
    stepMs: grid.step * 1_000,
    resources: resources.slice(0, MOST_RESOURCES),
    more: Math.max(0, resources.length - MOST_RESOURCES),
    bottleneck: bottleneckOf(now.traces, now.shares, past.shares, resources),
  };
}

/** The resources of the range alone, the tightest first. */
export async function readResources(engine: Engine, range: TimeRange, env: string): Promise<ResourceView[]> {
  const metrics = await readSentMetrics(engine, env);
  const grid = minuteGrid(range, SLOTS);
  const week = minuteGrid({ from: range.to - WEEK_MS, to: range.to }, HOURS_OF_A_WEEK);
  const weekAgo = minuteGrid({ from: range.from - WEEK_MS, to: range.to - WEEK_MS }, SLOTS);
  const [series, past, peaks, loads] = await Promise.all([
    readResourceSeries(engine, grid, env, metrics, 'avg'),
    readResourceSeries(engine, weekAgo, env, metrics, 'avg'),
    readResourceSeries(engine, week, env, metrics.filter(fills), 'max'),
    readLoads(engine, range, env, SLOTS),
  ]);
  return resourcesOf({
    ...{ readings: readingsOf(series), past: readingsOf(past), loads, grid },
    peaks: peaksOf(
      readingsOf(peaks).filter(({ kind }) => kind.fills),
      week,
    ),
    now: range.to,
  }).sort((a, b) => tightness(b) - tightness(a) || (a.id < b.id ? -1 : 1));
}

const NAMES = RESOURCE_KINDS.map((kind) => ({
  kind,
  names: [
    ...kind.use.flatMap((source) =>
      source.form === 'limit' ? [source.metric, source.limit] : [source.metric],
    ),
    ...kind.saturation.map(({ metric }) => metric),
  ],
}));

function fills({ name }: SentMetric): boolean {
  return NAMES.some(({ kind, names }) => kind.fills && names.some((pattern) => isMetric(name, pattern)));
}

/** Use by slot of what has a limit, of the fullest instance of each; for comparing times. */
export async function readUses(
  engine: Engine,
  range: TimeRange,
  env: string,
): Promise<Pick<ResourceView, 'id' | 'owner' | 'points'>[]> {
  const grid = minuteGrid(range, 2 * SLOTS);
  const series = await readResourceSeries(engine, grid, env, await readSentMetrics(engine, env), 'avg');
  const known = { past: [], peaks: new Map(), loads: new Map(), grid, now: range.to };
  return resourcesOf({ ...known, readings: readingsOf(series) }).filter(({ used }) => used !== null);
}

/** What of the table is sent at all. */
async function readSentMetrics(engine: Engine, env: string): Promise<SentMetric[]> {
  const patterns = NAMES.flatMap(({ names }) => names);
  const { metrics } = await listMetrics(engine, { env });
  return metrics
    .filter(({ name }) => patterns.some((pattern) => isMetric(name, pattern)))
    .flatMap(({ name, forms }) =>
      forms.flatMap(({ kind, monotonic, services }) =>
        kind === 'gauge' || kind === 'sum' ? [{ name, kind, monotonic, services }] : [],
      ),
    );
}
