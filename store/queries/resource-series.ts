/** Points of metrics that tell of resources, by instance and slot, with their states added up as the table says. */
import {
  COUNTED_STATES,
  INSTANCE_ATTRIBUTES,
  MEMBER_ATTRIBUTES,
  PART_ATTRIBUTES,
  STATE_ATTRIBUTES,
} from '../../model/resources.ts';
import type { Engine, Params } from '../engine.ts';
import { increases, STALE_S } from './metric-points.ts';
import type { MinuteGrid } from './window.ts';

/** A metric of the catalogue in one form. */
export interface SentMetric {
  name: string;
  kind: 'gauge' | 'sum';
  monotonic: boolean;
  services: string[];
}

export interface ResourceSeries {
  metric: string;
  owner: string;
  instance: string;
  member: string;
  /** Slots with points, ascending; for each the counted states, and all of them. */
  slots: number[];
  used: number[];
  total: number[];
}

const MAX_ROWS = 50_000;

/** Series that differ only in labels that do not matter, added up; `parts`: of how many processors. */
interface Row {
  metric: string;
  service: string;
  labels: Record<string, string>;
  resource: Record<string, string>;
  slots: number[];
  totals: number[];
  parts: number[];
}

/** @param take what a slot makes of a series' points; of a counter it is always the rate per second */
export async function readResourceSeries(
  engine: Engine,
  grid: MinuteGrid,
  env: string,
  metrics: readonly SentMetric[],
  take: 'avg' | 'max',
): Promise<ResourceSeries[]> {
  const params: Params = { ...KEPT, env, since: grid.start, until: grid.end, step: grid.step };
  const selects = groupsOf(metrics).map(({ kind, monotonic, names, services }, i) => {
    params[`names${i}`] = names;
    params[`services${i}`] = services;
    const where = `ServiceName IN {services${i}:Array(String)} AND MetricName IN {names${i}:Array(String)} AND ${WITHIN}`;
    if (monotonic)
      return perSlot(`{names${i}:Array(String)}[1]`, increases(where), 'sum(Increase) / {step:UInt32}');
    const level = `${where} AND ValueKind != 'none' AND isFinite(Value) ${kind === 'sum' ? 'AND NOT IsMonotonic' : ''}`;
    return perSlot('MetricName', `(SELECT * FROM otel_metrics_${kind} WHERE ${level})`, `${take}(Value)`);
  });
  if (selects.length === 0) return [];
  const rows = await engine.query<Row>(
    `SELECT metric, service, labels, resource, groupArray(slot) AS slots, groupArray(total) AS totals, groupArray(part) AS parts
     FROM (
       SELECT metric, service, slot, mapFilter((k, v) -> has({labelKeys:Array(String)}, k), labels) AS labels,
         mapFilter((k, v) -> has({resourceKeys:Array(String)}, k), resource) AS resource,
         sum(value) AS total, greatest(1, uniqExactIf(processor, processor != '')) AS part
       FROM (${selects.join(' UNION ALL ')})
       GROUP BY metric, service, labels, resource, slot ORDER BY slot)
     GROUP BY metric, service, labels, resource ORDER BY metric, service LIMIT ${MAX_ROWS}`,
    params,
  );
  return addStates(rows);
}

/** Each counter by itself: its points are held against the one before, and a series is not told apart by its metric. */
function groupsOf(metrics: readonly SentMetric[]) {
  const groups = Map.groupBy(metrics, ({ name, kind, monotonic }) => (monotonic ? `counter ${name}` : kind));
  return [...groups.values()].map((of) => ({
    kind: of[0]!.kind,
    monotonic: of[0]!.monotonic,
    names: [...new Set(of.map(({ name }) => name))],
    services: [...new Set(of.flatMap(({ services }) => services))],
  }));
}

const KEPT = {
  labelKeys: [...MEMBER_ATTRIBUTES, ...STATE_ATTRIBUTES],
  resourceKeys: [...INSTANCE_ATTRIBUTES, 'process.pid', 'k8s.deployment.name'],
};

const WITHIN = `toStartOfHour(TimeUnix) >= toStartOfHour(toDateTime({since:UInt32} - ${STALE_S}))
  AND TimeUnix >= toDateTime({since:UInt32} - ${STALE_S}) AND TimeUnix < toDateTime({until:UInt32})
  AND ({env:String} = '' OR Environment = {env:String})`;

function perSlot(metric: string, points: string, value: string): string {
  const part = PART_ATTRIBUTES.map((key) => `any(Attributes['${key}'])`).join(', ');
  return `SELECT toString(${metric}) AS metric, toString(ServiceName) AS service, any(Attributes) AS labels, any(ResourceAttributes) AS resource,
      concat(${part}) AS processor, toUInt32(intDiv(toUnixTimestamp(TimeUnix) - {since:UInt32}, {step:UInt32})) AS slot, ${value} AS value
    FROM ${points} WHERE TimeUnix >= toDateTime({since:UInt32})
    GROUP BY metric, ServiceName, SeriesId, slot`;
}

/** One series for each metric, instance and member: counted states and all states added up by slot, a mean over processors. */
function addStates(rows: readonly Row[]): ResourceSeries[] {
  const series = new Map<
    string,
    Omit<ResourceSeries, 'slots' | 'used' | 'total'> & { sums: Map<number, Sum> }
  >();
  for (const { metric, service, labels, resource, slots, totals, parts } of rows) {
    const owner = service || resource['k8s.deployment.name'] || resource['host.name'] || '';
    const instance = instanceOf(resource);
    const member = firstOf(labels, MEMBER_ATTRIBUTES);
    const key = [metric, owner, instance, member].join('\n');
    const known = series.get(key) ?? { metric, owner, instance, member, sums: new Map<number, Sum>() };
    series.set(key, known);
    const counts = isCounted(metric, firstOf(labels, STATE_ATTRIBUTES));
    slots.forEach((slot, i) => {
      const sum = known.sums.get(slot) ?? { used: 0, total: 0, parts: 1 };
      known.sums.set(slot, {
        used: sum.used + (counts ? totals[i]! : 0),
        total: sum.total + totals[i]!,
        parts: Math.max(sum.parts, parts[i]!),
      });
    });
  }
  return [...series.values()].map(({ sums, ...rest }) => {
    const slots = [...sums.keys()].sort((a, b) => a - b);
    const each = (of: (sum: Sum) => number) => slots.map((slot) => of(sums.get(slot)!));
    return {
      ...rest,
      slots,
      used: each((sum) => sum.used / sum.parts),
      total: each((sum) => sum.total / sum.parts),
    };
  });
}

interface Sum {
  used: number;
  total: number;
  parts: number;
}

function firstOf(attributes: Readonly<Record<string, string>>, keys: readonly string[]): string {
  return attributes[keys.find((key) => (attributes[key] ?? '') !== '') ?? ''] ?? '';
}

/** Services that say no more than their host have a process for each instance. */
function instanceOf(resource: Readonly<Record<string, string>>): string {
  const pid = resource['service.instance.id'] ? '' : (resource['process.pid'] ?? '');
  return [firstOf(resource, INSTANCE_ATTRIBUTES), pid].filter(Boolean).join('/');
}

function isCounted(metric: string, state: string): boolean {
  const rule = COUNTED_STATES[metric];
  if (rule === undefined) return true;
  return 'only' in rule ? rule.only.includes(state) : !rule.not.includes(state);
}
