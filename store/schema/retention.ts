import type { Signal } from '../../model/otlp.ts';
import type { Engine } from '../engine.ts';

const DAY_MS = 86_400_000;

/** What is kept for a time of its own: each signal, and `rules`, which is what rules look back on. */
type KeptWithBudget = Signal | 'rules';

type Column = readonly [table: string, column: string];

/** Tables with the column that says how old a row is. */
const TABLES: Record<KeptWithBudget, readonly Column[]> = {
  traces: [
    ['otel_traces', 'Timestamp'],
    ['otel_traces_trace_id_ts', 'Start'],
    ['span_red_1m', 'Minute'],
    ['service_edges_1m', 'Minute'],
    ['peer_edges_1m', 'Minute'],
  ],
  metrics: [
    ['otel_metrics_gauge', 'TimeUnix'],
    ['otel_metrics_sum', 'TimeUnix'],
    ['otel_metrics_histogram', 'TimeUnix'],
    ['otel_metrics_exponential_histogram', 'TimeUnix'],
    ['otel_metrics_summary', 'TimeUnix'],
  ],
  logs: [
    ['otel_logs', 'TimestampTime'],
    ['log_counts_1m', 'Minute'],
  ],
  rules: [
    ['span_red_5s', 'Slot'],
    ['log_counts_5s', 'Slot'],
    ['rule_evaluations', 'Time'],
    ['rule_transitions', 'Time'],
  ],
};

/**
 * What probes saw and what was counted of promises is small and kept for longer: promises are about months. Its days
 * never go for the disk budget, or a year of it would be dropped before the first day of spans.
 */
const PROMISE_TABLES: readonly Column[] = [
  ['probe_runs', 'ScheduledAt'],
  ['probe_steps', 'ScheduledAt'],
  ['slo_1m', 'Minute'],
];

/** Milliseconds; what is left out stays as it is. */
export type Retention = Readonly<Partial<Record<KeptWithBudget | 'probes', number>>>;

/** Every table with a partition for each day. */
export const SIGNAL_TABLES: readonly string[] = Object.values(TABLES).flatMap((tables) =>
  tables.map(([table]) => table),
);

/** Sets how long each is kept, where the tables say otherwise. Whole days; a partition goes when all of it is older. */
export async function applyRetention(engine: Engine, retentionMs: Retention): Promise<void> {
  const tables = await engine.query<{ name: string; ddl: string }>(
    'SELECT name, create_table_query AS ddl FROM system.tables WHERE database = currentDatabase()',
  );
  const ddlOf = new Map(tables.map(({ name, ddl }) => [name, ddl]));
  const tablesOf: Record<string, readonly Column[]> = { ...TABLES, probes: PROMISE_TABLES };
  for (const [what, kept] of Object.entries(retentionMs)) {
    const days = Math.max(1, Math.ceil(kept / DAY_MS));
    for (const [table, column] of tablesOf[what]!) {
      if (ddlOf.get(table)?.includes(`toIntervalDay(${days})`)) continue;
      await engine.command(
        `ALTER TABLE ${table} MODIFY TTL toDateTime(${column}) + toIntervalDay(${days}) SETTINGS materialize_ttl_after_modify = 0`,
      );
    }
  }
}
