/** From series of metrics to resources: which source is taken, what its use is, and what follows from it. */
import type { ResourceView } from '../../model/capacity.ts';
import { fullIn, type HourlyPeak, quantileOf } from '../../model/filling.ts';
import { isMetric, RESOURCE_KINDS, type ResourceKind, type UseSource } from '../../model/resources.ts';
import { type Room, roomOf } from '../../model/room.ts';
import type { ResourceSeries } from './resource-series.ts';
import type { MinuteGrid } from './window.ts';

/** One resource of one instance. */
export interface Reading {
  id: string;
  kind: ResourceKind;
  source: UseSource;
  metric: string;
  owner: string;
  instance: string;
  member: string;
  /** By slot: 0..1 of the limit, or the amount. */
  use: Map<number, number>;
  saturation: ResourceView['saturation'];
}

/** What of the table there is, each instance by itself. */
export function readingsOf(series: readonly ResourceSeries[]): Reading[] {
  const instances = Map.groupBy(series, ({ owner, instance }) => `${owner}\n${instance}`);
  return [...instances.values()].flatMap((own) =>
    RESOURCE_KINDS.flatMap((kind) => readingsOfKind(kind, own)),
  );
}

function readingsOfKind(kind: ResourceKind, own: readonly ResourceSeries[]): Reading[] {
  for (const source of kind.use) {
    const found = own.flatMap((series) => {
      if (!isMetric(series.metric, source.metric)) return [];
      const use = useOf(source, series, own);
      const { metric, owner, instance, member } = series;
      const id = [kind.id, owner, member].join('|');
      return use.size === 0
        ? []
        : [
            {
              id,
              kind,
              source,
              metric,
              owner,
              instance,
              member,
              use,
              saturation: saturationOf(kind, own, member),
            },
          ];
    });
    if (found.length > 0) return found;
  }
  return [];
}

function useOf(
  source: UseSource,
  series: ResourceSeries,
  own: readonly ResourceSeries[],
): Map<number, number> {
  const { slots, used, total } = series;
  if (source.form === 'limit') {
    const limit = findMember(own, source.limit, series.member);
    if (limit === undefined) return new Map();
    return new Map(slots.flatMap((slot, i) => shareOf(slot, used[i]!, valueAt(limit, slot))));
  }
  if (source.form === 'states')
    return new Map(slots.flatMap((slot, i) => shareOf(slot, used[i]!, total[i]!)));
  return new Map(slots.map((slot, i) => [slot, used[i]!]));
}

const shareOf = (slot: number, used: number, whole: number): [number, number][] =>
  whole > 0 ? [[slot, used / whole]] : [];

/** The limit that was known at a slot: the last one before it, else the first. */
function valueAt({ slots, used }: ResourceSeries, slot: number): number {
  const at = slots.findLastIndex((each) => each <= slot);
  return used[Math.max(0, at)]!;
}

/** A limit may be one for all members. */
function findMember(
  own: readonly ResourceSeries[],
  metric: string,
  member: string,
): ResourceSeries | undefined {
  const found = own.filter((series) => series.metric === metric);
  return found.find((series) => series.member === member) ?? found.find((series) => series.member === '');
}

function saturationOf(
  kind: ResourceKind,
  own: readonly ResourceSeries[],
  member: string,
): ResourceView['saturation'] {
  for (const { metric, title, unit, pending = false } of kind.saturation) {
    const value = quantileOf(findMember(own, metric, member)?.used ?? [], 0.95);
    if (value !== null) return { title, value, unit, pending };
  }
  return null;
}

/** Hourly peaks by instance and resource, oldest first. */
export function peaksOf(
  readings: readonly Reading[],
  { start, step }: MinuteGrid,
): Map<string, HourlyPeak[]> {
  return new Map(
    readings.map((reading) => [
      keyOf(reading),
      [...reading.use].map(([slot, use]) => ({ at: (start + slot * step) * 1_000, use })),
    ]),
  );
}

const keyOf = ({ id, instance }: Reading): string => `${id}\n${instance}`;

/** Resources with what is known of them; of several instances the fullest that still reports stands for all. */
export function resourcesOf(known: {
  readings: readonly Reading[];
  past: readonly Reading[];
  peaks: ReadonlyMap<string, readonly HourlyPeak[]>;
  /** Requests per slot. */
  loads: ReadonlyMap<string, readonly number[]>;
  grid: MinuteGrid;
  /** Unix ms. */
  now: number;
}): ResourceView[] {
  const past = new Map<string, number>();
  for (const reading of known.past) past.set(reading.id, Math.max(past.get(reading.id) ?? 0, p95(reading)));
  return [...Map.groupBy(known.readings, ({ id }) => id).values()].map((instances) => {
    const reading = fullest(instances, known.grid);
    const isLimited = reading.source.form !== 'amount';
    const points = pointsOf(reading, known.loads.get(reading.owner) ?? [], known.grid, known.now);
    const room: Room = isLimited ? roomOf(points) : { known: false, why: 'no-limit', fit: null };
    const { id, kind, owner, instance, member, metric, saturation } = reading;
    return {
      ...{ id, kind: kind.id, owner, instance, instances: instances.length, member, metric },
      used: isLimited ? p95(reading) : null,
      amount: reading.source.form === 'amount' ? { value: p95(reading), unit: reading.source.unit } : null,
      weekAgo: past.get(id) ?? null,
      saturation,
      room,
      full: !kind.fills
        ? null
        : isLimited
          ? fullIn(known.peaks.get(keyOf(reading)) ?? [], known.now)
          : { known: false, why: 'no-limit' },
      points,
    };
  });
}

const p95 = ({ use }: Reading): number => quantileOf([...use.values()], 0.95)!;

function fullest(instances: readonly Reading[], { slots }: MinuteGrid): Reading {
  const recent = instances.filter(({ use }) => Math.max(...use.keys()) >= slots * 0.75);
  return (recent.length > 0 ? recent : instances).reduce((a, b) => (p95(b) > p95(a) ? b : a));
}

/** The last slot still grows, so its load would be too small for its use. */
function pointsOf({ use }: Reading, load: readonly number[], { start, step }: MinuteGrid, now: number) {
  return [...use].flatMap(([slot, value]) => {
    const at = (start + slot * step) * 1_000;
    const isWhole = at + step * 1_000 <= now;
    return isWhole ? [{ at, load: ((load[slot] ?? 0) * 60) / step, use: value }] : [];
  });
}
