import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Problem } from '../../base/errors.ts';
import type { Signal } from '../../model/otlp.ts';
import type { Engine } from '../engine.ts';
import { landingColumns, landingType } from './landing.ts';
import { metricMacros, time } from './metrics.ts';
import { ORDER } from './order.ts';

/**
 * Table settings that survive a power cut: with the defaults 8 of 8 stores broke, with these 28 of 28 opened. The
 * window makes a repeated segment harmless in every table of the cascade. Parts below 128 MiB keep their columns in one
 * file: fewer files to create and sync take 5–10 % off an insert.
 */
const DURABLE = [
  'non_replicated_deduplication_window = 1000',
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
  'min_compressed_bytes_to_fsync_after_merge = 1',
  'old_parts_lifetime = 480',
  'min_bytes_for_wide_part = 134217728',
].join(', ');

/** Text of an AnyValue by the member that was set: 1 string, 2 bool, 3 int, 4 double, 0 none. */
const text = (value: string): string => `multiIf(
    ${value}.which = 1, ${value}.string_value,
    ${value}.which = 3, toString(${value}.int_value),
    ${value}.which = 2, if(${value}.bool_value, 'true', 'false'),
    ${value}.which = 4, toString(${value}.double_value),
    '')`;

/** Keys sorted: equal sets of attributes are equal maps and compress better. */
const attributes = (path: string, values = 'String'): string =>
  `CAST(arraySort(pair -> pair.1, arrayMap(kv -> (kv.key, ${text('kv.value')}), ${path})), 'Map(LowCardinality(String), ${values})')`;

/** Attributes of metrics: their values are few by nature, and an index is cheaper to repeat, sort and compress. */
const labels = (path: string): string => attributes(path, 'LowCardinality(String)');

/** Macros with an argument: `{{name ARGUMENT}}` in the .sql files. */
const WITH_ARGUMENT: Record<string, (argument: string) => string> = {
  landing: (signal) => landingColumns(signal as Signal),
  type: landingType,
  attributes: (path) => attributes(path),
  labels,
  text,
  time,
};

/** Macros without: `{{name}}`. */
const PLAIN: Record<string, string> = { durable: DURABLE, ...metricMacros(labels, attributes) };

function render(sql: string): string {
  return sql.replace(/\{\{(\w+)(?: ([^{}]+))?\}\}/g, (_, macro: string, argument?: string) => {
    const text = argument === undefined ? PLAIN[macro] : WITH_ARGUMENT[macro]?.(argument);
    if (text === undefined) throw new Error(`unknown macro {{${macro}}}`);
    return text;
  });
}

export interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

/** All migrations of this release, in order. */
export function migrations(): Migration[] {
  return ORDER.map((file) => {
    const [, version, name] = /^(\d{3})_(\w+)$/.exec(file)!;
    const sql = render(readFileSync(new URL(`${file}.sql`, import.meta.url), 'utf8'));
    return {
      version: Number(version),
      name: name!,
      sql,
      checksum: createHash('sha256').update(sql).digest('hex').slice(0, 16),
    };
  });
}

/** Short hash over the whole schema, for bench results. */
export function schemaHash(): string {
  const all = migrations()
    .map((migration) => migration.checksum)
    .join();
  return createHash('sha256').update(all).digest('hex').slice(0, 12);
}

/**
 * Brings the engine's schema to this release. Each step is idempotent and recorded after it is done, so an interrupted
 * run goes on where it stopped.
 * @throws Problem `schema_newer` | `schema_changed` when the data was written by another schema; nothing is altered then
 */
export async function applySchema(engine: Engine, steps: readonly Migration[] = migrations()): Promise<void> {
  await engine.command(
    `CREATE TABLE IF NOT EXISTS schema_migrations (Version UInt32, Name String, Checksum String, AppliedAt DateTime DEFAULT now())
     ENGINE = MergeTree ORDER BY Version SETTINGS ${DURABLE}`,
  );
  const applied = await engine.query<{ Version: number; Name: string; Checksum: string }>(
    'SELECT DISTINCT Version, Name, Checksum FROM schema_migrations ORDER BY Version',
  );
  refuseForeign(applied, steps);
  const done = new Set(applied.map((row) => row.Version));
  for (const step of steps) {
    if (done.has(step.version)) continue;
    await engine.command(step.sql);
    await engine.command(
      `INSERT INTO schema_migrations (Version, Name, Checksum) SELECT {version:UInt32}, {name:String}, {checksum:String}`,
      { version: step.version, name: step.name, checksum: step.checksum },
    );
  }
}

function refuseForeign(
  applied: readonly { Version: number; Name: string; Checksum: string }[],
  steps: readonly Migration[],
): void {
  const known = new Map(steps.map((step) => [step.version, step]));
  for (const row of applied) {
    const step = known.get(row.Version);
    if (!step)
      throw new Problem(
        'schema_newer',
        `The store has schema step ${row.Version} (${row.Name}), which this release does not know: it was written by a newer Loopwatch. Start that release, or use another data folder.`,
      );
    if (step.checksum !== row.Checksum)
      throw new Problem(
        'schema_changed',
        `Schema step ${row.Version} (${row.Name}) in the store differs from this release's. Start the release that wrote it, or use another data folder.`,
      );
  }
}
