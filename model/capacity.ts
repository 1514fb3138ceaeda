/** What `/api/capacity` says: resources with their use, saturation and room, and the bottleneck. */
import type { Bottleneck } from './bottleneck.ts';
import type { FullIn } from './filling.ts';
import { type Room, SAFE_USE } from './room.ts';
import type { TimeRange } from './service.ts';

/** What fills up later than this is no worry yet. */
export const ENOUGH_DAYS = 28;

export interface ResourceView {
  /** Kind, owner and member; the same from one reading to the next. */
  id: string;
  /** `ResourceKind.id`. */
  kind: string;
  /** Service it belongs to, else the host. */
  owner: string;
  /** Of the instances the one with the least room, and how many there are. */
  instance: string;
  instances: number;
  /** Disk, pool or queue; '' where there is only one. */
  member: string;
  /** The metric that tells its use. */
  metric: string;
  /** p95 of use in the range, 0..1 of its limit; null where no limit is known. */
  used: number | null;
  /** p95 as it was sent, where no limit is known. */
  amount: { value: number; unit: string } | null;
  /** p95 of use at the same time a week ago; null without data. */
  weekAgo: number | null;
  saturation: { title: string; value: number; unit: string; pending: boolean } | null;
  room: Room;
  /** Null for what does not fill up. */
  full: FullIn | null;
  /** One for each slot with both: requests per minute of the owner, and use. */
  points: { at: number; load: number; use: number }[];
}

export interface CapacityView {
  /** What was read, in slots of `stepMs`. */
  range: TimeRange;
  stepMs: number;
  /** The least room first; those of which only an amount is known last. */
  resources: ResourceView[];
  /** More that were found and are not listed. */
  more: number;
  bottleneck: Bottleneck | null;
}

/**
 * How near something is to its limit, 1 is at it: use against the safe use, peak load against the load it can bear, the
 * days left against four weeks. The greatest counts; 0 where nothing is known.
 */
export function tightness({ used, room, full }: Pick<ResourceView, 'used' | 'room' | 'full'>): number {
  const byRoom = room.known ? (room.times > 0 ? 1 / room.times : Number.POSITIVE_INFINITY) : 0;
  const byTime = full?.known ? ENOUGH_DAYS / Math.max(full.days, 1 / 24) : 0;
  return Math.max((used ?? 0) / SAFE_USE, byRoom, byTime);
}
