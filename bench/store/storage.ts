import type { Signal } from '../../model/otlp.ts';
import type { Engine } from '../../store/engine.ts';
import { schemaHash } from '../../store/schema/apply.ts';
import { type Command, countFlag } from '../harness/command.ts';
import { rounded } from '../harness/percentile.ts';
import { progress, type Report, thousands } from '../harness/report.ts';
import { type Scratch, withScratch } from '../harness/scratch.ts';
import { CONTRIB, contribDdl } from './contrib.ts';
import { fill, openEngine } from './fill.ts';

const ITEMS = { full: 1_048_576, quick: 65_536 };
const HOUR_MS = 3_600_000;

/** What is counted: everything that stays on disk for a signal, our rollups too. */
const OURS: Record<Signal, readonly string[]> = {
  traces: ['otel_traces', 'otel_traces_trace_id_ts', 'span_red_5s', 'span_red_1m'],
  metrics: ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map(
    (kind) => `otel_metrics_${kind}`,
  ),
  logs: ['otel_logs', 'log_counts_5s', 'log_counts_1m'],
};
const NOUN: Record<Signal, string> = { traces: 'span', metrics: 'point', logs: 'log' };
const GOAL: Record<Signal, number> = { traces: 0.7, metrics: 0.5, logs: 0.7 };

interface Cost {
  signal: Signal;
  /** Bytes on disk for an item. */
  ours: number;
  contrib: number;
}

/** `bench -- storage` of goals.md: bytes on disk after merges, beside contrib's tables with the same rows. */
export const storage: Command = {
  summary: 'bytes on disk for a span, a point and a log record, beside the contrib exporter’s tables',
  options: { items: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--items N         so many of each signal (default ${thousands(ITEMS.full)}), over an hour`,
    '--seed N          another workload (default 1)',
    '--quick           a small amount, under 20 s',
  ],
  run: async (flags) => {
    const items = countFlag(flags, 'items', ITEMS[flags.quick ? 'quick' : 'full']);
    const seed = countFlag(flags, 'seed', 1);
    return withScratch(async (scratch) => {
      const engine = await openEngine(scratch);
      const costs: Cost[] = [];
      for (const signal of Object.keys(OURS) as Signal[])
        costs.push(await measure(engine, scratch, signal, items, seed));
      await engine.close();
      return report(items, costs);
    });
  },
};

async function measure(
  engine: Engine,
  scratch: Scratch,
  signal: Signal,
  items: number,
  seed: number,
): Promise<Cost> {
  progress(`storing ${thousands(items)} ${NOUN[signal]}s`);
  const to = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  await fill(engine, scratch, { signal, seed, items, from: to - HOUR_MS, to });
  const base = OURS[signal].filter((table) => CONTRIB[table]);
  progress('the same rows in contrib’s tables');
  for (const table of base) await copyToContrib(engine, table);
  const contrib = base.map((table) => `contrib_${table}`);
  for (const table of [...OURS[signal], ...contrib]) await engine.command(`OPTIMIZE TABLE ${table} FINAL`);
  return {
    signal,
    ours: (await bytesOf(engine, OURS[signal])) / items,
    contrib: (await bytesOf(engine, contrib)) / items,
  };
}

/** Contrib keeps the order of keys as it was sent; ours is sorted and cannot be undone, which favours contrib. */
async function copyToContrib(engine: Engine, table: string): Promise<void> {
  const copy = `contrib_${table}`;
  await engine.command(contribDdl(copy, CONTRIB[table]!));
  const columns = await engine.query<{ name: string }>(
    'SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {copy:String}',
    { copy },
  );
  const list = columns.map(({ name }) => `\`${name}\``).join(', ');
  await engine.command(`INSERT INTO ${copy} (${list}) SELECT ${list} FROM ${table}`);
}

async function bytesOf(engine: Engine, tables: readonly string[]): Promise<number> {
  const [row] = await engine.query<{ bytes: number }>(
    `SELECT sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = currentDatabase() AND table IN {tables:Array(String)}`,
    { tables },
  );
  return Number(row!.bytes);
}

function report(items: number, costs: readonly Cost[]): Report {
  const fields = costs.flatMap(({ signal, ours, contrib }) => [
    [`bytes_per_${NOUN[signal]}`, rounded(ours, 1)] as const,
    [`contrib_bytes_per_${NOUN[signal]}`, rounded(contrib, 1)] as const,
  ]);
  return {
    title: `Bytes on disk, ${thousands(items)} items of each signal, merged`,
    rows: costs.map(({ signal, ours, contrib }) => [
      signal,
      `${ours.toFixed(1)} for a ${NOUN[signal]}, contrib ${contrib.toFixed(1)}: ${(ours / contrib).toFixed(2)} (goal ${GOAL[signal]})`,
    ]),
    result: { ...Object.fromEntries(fields), schema_hash: schemaHash() },
    broken: [],
  };
}
