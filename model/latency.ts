/** Latency of requests over time, and what sets one group of spans apart from another. */

import type { TimeRange } from './service.ts';

/** Half a doubling per row: from 2^(n/2) to 2^((n+1)/2) nanoseconds. */
export interface LatencyRow {
  fromMs: number;
  toMs: number;
  /** Requests per slot, weighted as the rollup is. */
  counts: number[];
}

export interface HeatmapView {
  /** What was counted: whole minutes, the last of which still grows. */
  range: TimeRange;
  stepMs: number;
  /** The slowest first; without gaps between. */
  rows: LatencyRow[];
  /** Per slot. */
  slots: { requests: number; errors: number; p50: number | null; p95: number | null }[];
}

/** An attribute (or field) that is more frequent in one group. Shares are of the spans that were looked at, 0..1. */
export interface Difference {
  key: string;
  value: string;
  shareA: number;
  shareB: number;
}

export interface Comparison {
  /** Spans that were looked at, at most 5,000 of each, evenly drawn. */
  spansA: number;
  spansB: number;
  /** The greatest difference first. */
  differences: Difference[];
}
