/** Where the time of sampled transactions went, and why bad ones were bad. */
import { criticalPath } from '../critical-path.ts';

/** A span as it is needed here. Times in ms on the trace's clock. */
export interface SampleSpan {
  spanId: string;
  parentSpanId: string;
  service: string;
  version: string;
  name: string;
  startMs: number;
  durationMs: number;
  failed: boolean;
  /** What its error is called; '' without. */
  error: string;
}

/** One transaction: its trace, and the span that counts ('' for all of the trace). */
export interface Sample {
  rootSpanId: string;
  failed: boolean;
  spans: readonly SampleSpan[];
}

/** One service's part of the time. */
export interface Tier {
  service: string;
  /** Of the time on the critical path of all samples, 0 to 1. */
  share: number;
  /** Mean of what it adds to a transaction, ms. */
  addsMs: number;
  /** Transactions that wait for it. */
  traces: number;
}

export interface Reason {
  /** `error`: the span that failed first of all. `slow`: the service that the transaction waited for most. */
  kind: 'error' | 'slow';
  service: string;
  version: string;
  /** The error's name, or the operation. */
  what: string;
  traces: number;
}

interface Node {
  span: SampleSpan;
  parent: number;
}

/** Self time on the critical path by service, the largest first: what the answer would have come earlier without. */
export function tiersOf(samples: readonly Sample[]): Tier[] {
  const sums = new Map<string, { ms: number; traces: number }>();
  let total = 0;
  for (const sample of samples)
    for (const [service, ms] of waitsOf(belowRoot(sample))) {
      const sum = sums.get(service) ?? { ms: 0, traces: 0 };
      sums.set(service, { ms: sum.ms + ms, traces: sum.traces + 1 });
      total += ms;
    }
  return [...sums]
    .map(([service, { ms, traces }]) => ({
      service,
      share: total > 0 ? ms / total : 0,
      addsMs: ms / samples.length,
      traces,
    }))
    .sort((a, b) => b.share - a.share || (a.service < b.service ? -1 : 1));
}

/** Reasons of bad transactions, the most frequent first. */
export function reasonsOf(samples: readonly Sample[]): Reason[] {
  const counts = new Map<string, Reason>();
  for (const sample of samples) {
    const reason = reasonOf(sample);
    if (reason === undefined) continue;
    const key = JSON.stringify(reason);
    counts.set(key, { ...reason, traces: (counts.get(key)?.traces ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.traces - a.traces);
}

function reasonOf(sample: Sample): Omit<Reason, 'traces'> | undefined {
  const nodes = belowRoot(sample);
  const origin = sample.failed ? originOf(nodes) : undefined;
  if (origin)
    return {
      kind: 'error',
      service: origin.service,
      version: origin.version,
      what: origin.error || origin.name,
    };
  const slowest = longestOwn(nodes);
  if (slowest === undefined) return undefined;
  return { kind: 'slow', service: slowest.service, version: slowest.version, what: slowest.name };
}

/** The failed span that none below it explains; of several the first to begin. */
function originOf(nodes: readonly Node[]): SampleSpan | undefined {
  const explained = new Set(nodes.flatMap(({ span, parent }) => (span.failed ? [parent] : [])));
  return nodes
    .filter(({ span }, row) => span.failed && !explained.has(row))
    .map(({ span }) => span)
    .sort((a, b) => a.startMs - b.startMs)[0];
}

function longestOwn(nodes: readonly Node[]): SampleSpan | undefined {
  const path = [...criticalPath(nodes)].map(([row, own]) => ({ row, ms: lengthOf(own) }));
  const longest = path.sort((a, b) => b.ms - a.ms)[0];
  return longest && nodes[longest.row]!.span;
}

function waitsOf(nodes: readonly Node[]): Map<string, number> {
  const waits = new Map<string, number>();
  for (const [row, own] of criticalPath(nodes)) {
    const { service } = nodes[row]!.span;
    const ms = lengthOf(own);
    if (ms > 0) waits.set(service, (waits.get(service) ?? 0) + ms);
  }
  return waits;
}

const lengthOf = (own: readonly { from: number; to: number }[]): number =>
  own.reduce((sum, { from, to }) => sum + to - from, 0);

/** The span that counts and all below it, parents first; each span once, so that circles end. */
function belowRoot({ rootSpanId, spans }: Sample): Node[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId }) => parentSpanId);
  const isTop = ({ spanId, parentSpanId }: SampleSpan) =>
    rootSpanId === '' ? !known.has(parentSpanId) : spanId === rootSpanId;
  const nodes: Node[] = spans.filter(isTop).map((span) => ({ span, parent: -1 }));
  const met = new Set(nodes.map(({ span }) => span));
  for (let row = 0; row < nodes.length; row++)
    for (const child of children.get(nodes[row]!.span.spanId) ?? []) {
      if (met.has(child)) continue;
      met.add(child);
      nodes.push({ span: child, parent: row });
    }
  return nodes;
}
