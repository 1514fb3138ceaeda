import type { HeatmapView, LatencyRow } from '../../model/latency.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { type Bucket, quantileMs } from './buckets.ts';
import { countedRange, minuteGrid } from './window.ts';

const SLOTS = 60;
/** Buckets of the rollup to a row: 8 are a doubling. */
const PER_ROW = 4;

interface Cell extends Bucket {
  slot: number;
  errors: number;
}

/**
 * Latency over time from the span rollup: of one operation, else of all requests served, consumed or begun.
 * @param service '' for all, `operation` too
 */
export async function readHeatmap(
  engine: Engine,
  range: TimeRange,
  env: string,
  service: string,
  operation: string,
): Promise<HeatmapView> {
  const { start, end, step, slots } = minuteGrid(range, SLOTS);
  const cells = await engine.query<Cell>(
    `SELECT intDiv(toUnixTimestamp(Minute) - {start:UInt32}, {step:UInt32}) AS slot, Bucket AS index,
       sum(Requests) AS count, sum(span_red_1m.Errors) AS errors
     FROM span_red_1m
     WHERE Minute >= {start:UInt32} AND Minute < {end:UInt32} AND NOT Probe
       AND ({env:String} = '' OR Environment = {env:String}) AND ({service:String} = '' OR ServiceName = {service:String})
       AND ${operation === '' ? `(SpanKind IN ('Server', 'Consumer') OR Root)` : 'SpanName = {operation:String}'}
     GROUP BY slot, index ORDER BY index`,
    { start, end, step, env, service, operation },
  );
  const inside = cells.filter(({ slot }) => slot < slots);
  return {
    range: countedRange(range),
    stepMs: step * 1_000,
    rows: rowsOf(inside, slots),
    slots: slotsOf(inside, slots),
  };
}

function rowsOf(cells: readonly Cell[], slots: number): LatencyRow[] {
  if (cells.length === 0) return [];
  const row = ({ index }: Cell) => Math.floor(index / PER_ROW);
  const [first, last] = [row(cells[0]!), row(cells.at(-1)!)];
  const edgeMs = (number: number) => 2 ** ((number * PER_ROW) / 8) / 1e6;
  const rows = Array.from({ length: last - first + 1 }, (_, i): LatencyRow => {
    const number = last - i;
    return { fromMs: edgeMs(number), toMs: edgeMs(number + 1), counts: new Array<number>(slots).fill(0) };
  });
  for (const cell of cells) rows[last - row(cell)]!.counts[cell.slot]! += cell.count;
  return rows;
}

function slotsOf(cells: readonly Cell[], slots: number): HeatmapView['slots'] {
  const bySlot = Array.from({ length: slots }, (): Cell[] => []);
  for (const cell of cells) bySlot[cell.slot]!.push(cell);
  return bySlot.map((own) => ({
    requests: own.reduce((sum, { count }) => sum + count, 0),
    errors: own.reduce((sum, { errors }) => sum + errors, 0),
    p50: quantileMs(own, 0.5),
    p95: quantileMs(own, 0.95),
  }));
}
