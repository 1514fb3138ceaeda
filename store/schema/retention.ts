import type { Engine } from '../engine.ts';

const DAY_MS = 86_400_000;

/** Tables of each signal with the column that says how old a row is. */
const TABLES = {
  traces: [
    ['otel_traces', 'Timestamp'],
    ['otel_traces_trace_id_ts', 'Start'],
    ['span_red_1m', 'Minute'],
  ],
} as const;

/** Sets how long each signal is kept, where the tables say otherwise. Whole days: partitions are days. */
export async function applyRetention(engine: Engine, retentionMs: { traces: number }): Promise<void> {
  const days = Math.max(1, Math.ceil(retentionMs.traces / DAY_MS));
  const tables = await engine.query<{ name: string; ddl: string }>(
    'SELECT name, create_table_query AS ddl FROM system.tables WHERE database = currentDatabase()',
  );
  for (const [table, column] of TABLES.traces) {
    if (tables.find(({ name }) => name === table)?.ddl.includes(`toIntervalDay(${days})`)) continue;
    await engine.command(
      `ALTER TABLE ${table} MODIFY TTL toDateTime(${column}) + toIntervalDay(${days}) SETTINGS materialize_ttl_after_modify = 0`,
    );
  }
}
