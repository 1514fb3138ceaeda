/** Where slow requests spend their time, and whether that is a bottleneck. */
import { criticalPath } from './critical-path.ts';
import { SAFE_USE } from './room.ts';
import { buildTree, type TreeSpan } from './span-tree.ts';

const LEAST_SHARE = 0.4;
const SELF_TIME_GROWTH = 0.5;
const LEAST_TRACES = 5;

export interface PathShare {
  service: string;
  /** Of the critical paths' length, 0..1. */
  share: number;
  /** Milliseconds on the critical path, mean of a trace. */
  selfMs: number;
}

export interface Bottleneck extends PathShare {
  /** Slow traces that were read. */
  traces: number;
  /** What makes it one; null: most time is there, but nothing says that it is full. */
  because:
    | { kind: 'use'; resource: string; used: number }
    | { kind: 'pending'; resource: string; pending: number }
    | { kind: 'self-time'; before: number }
    | null;
}

/** Self time on the critical paths of traces by service, the largest first. */
export function pathShares(traces: readonly (readonly (TreeSpan & { service: string })[])[]): PathShare[] {
  const byService = new Map<string, number>();
  for (const spans of traces) {
    const { nodes } = buildTree(spans);
    for (const [row, stretches] of criticalPath(nodes)) {
      const { service } = nodes[row]!.span;
      const ms = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
      byService.set(service, (byService.get(service) ?? 0) + ms);
    }
  }
  const total = [...byService.values()].reduce((sum, ms) => sum + ms, 0);
  return [...byService]
    .map(([service, ms]) => ({ service, share: total > 0 ? ms / total : 0, selfMs: ms / traces.length }))
    .sort((a, b) => b.share - a.share || (a.service < b.service ? -1 : 1));
}

/**
 * A service is a bottleneck when at least 40 % of the critical-path self time of slow traces is its own and one of its
 * resources is used to 80 %, or something waits for it, or its self time grew by half. Else it is only where most time
 * goes. Null with fewer than five slow traces.
 * @param before the same shares of the time before; empty where there is none
 */
export function bottleneckOf(
  traces: number,
  shares: readonly PathShare[],
  before: readonly PathShare[],
  resources: readonly {
    id: string;
    owner: string;
    used: number | null;
    saturation: { value: number; pending: boolean } | null;
  }[],
): Bottleneck | null {
  const [most] = shares;
  if (most === undefined || traces < LEAST_TRACES) return null;
  const none = { ...most, traces, because: null };
  if (most.share < LEAST_SHARE) return none;
  const own = resources.filter(({ owner }) => owner === most.service);
  const full = own
    .filter(({ used }) => (used ?? 0) >= SAFE_USE)
    .toSorted((a, b) => (b.used ?? 0) - (a.used ?? 0))[0];
  if (full) return { ...none, because: { kind: 'use', resource: full.id, used: full.used! } };
  const pending = own.find(({ saturation }) => saturation?.pending && saturation.value > 0);
  if (pending)
    return {
      ...none,
      because: { kind: 'pending', resource: pending.id, pending: pending.saturation!.value },
    };
  const past = before.find(({ service }) => service === most.service);
  if (past && past.selfMs > 0 && most.selfMs >= (1 + SELF_TIME_GROWTH) * past.selfMs)
    return { ...none, because: { kind: 'self-time', before: past.selfMs } };
  return none;
}
