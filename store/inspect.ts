/** What a store is like, looked at without changing it. */
import type { Engine } from './engine.ts';
import { type Migration, migrations } from './schema/apply.ts';
import { SIGNAL_TABLES } from './schema/retention.ts';

export interface StoreInspection {
  version: string;
  /** Difference to the clock of this process, ms. */
  clockMs: number;
  bytes: number;
  rows: number;
  /** Least of the disks its tables are on; null without any. */
  freeBytes: number | null;
  /** `YYYY-MM-DD` of the oldest and the newest day that is kept; '' without any. */
  oldest: string;
  newest: string;
  /** Parts that were put aside, e.g. because they are broken. */
  detached: { table: string; reason: string; parts: number }[];
  /** Steps of this release that are not in it yet; of another release, or other than this one's. */
  missing: string[];
  foreign: string[];
}

/** @throws Problem of the engine */
export async function inspectStore(engine: Engine): Promise<StoreInspection> {
  const [about] = await engine.query<{ version: string; now: number }>(
    'SELECT version() AS version, toUnixTimestamp64Milli(now64(3)) AS now',
  );
  const clockMs = Number(about!.now) - Date.now();
  const [size] = await engine.query<{ bytes: number; rows: number }>(
    `SELECT sum(bytes_on_disk) AS bytes, sum(system.parts.rows) AS rows FROM system.parts
     WHERE active AND database = currentDatabase()`,
  );
  const [room] = await engine.query<{ free: number; disks: number }>(
    'SELECT min(free_space) AS free, count() AS disks FROM system.disks',
  );
  const [days] = await engine.query<{ oldest: string; newest: string }>(
    `SELECT min(partition_id) AS oldest, max(partition_id) AS newest FROM system.parts
     WHERE active AND database = currentDatabase() AND table IN {tables:Array(String)} AND match(partition_id, '^[0-9]{8}$')`,
    { tables: SIGNAL_TABLES },
  );
  const detached = await engine.query<{ table: string; reason: string; parts: number }>(
    `SELECT table, coalesce(reason, '') AS reason, count() AS parts FROM system.detached_parts
     WHERE database = currentDatabase() GROUP BY table, reason ORDER BY table, reason`,
  );
  return {
    version: about!.version,
    clockMs,
    bytes: Number(size?.bytes ?? 0),
    rows: Number(size?.rows ?? 0),
    freeBytes: room !== undefined && Number(room.disks) > 0 ? Number(room.free) : null,
    oldest: dayText(days?.oldest ?? ''),
    newest: dayText(days?.newest ?? ''),
    detached,
    ...(await compareSchema(engine, migrations())),
  };
}

/** How many rows of these tokens the store has, by token. @throws Problem of the engine */
export async function rowsOfTokens(engine: Engine, tokens: readonly string[]): Promise<Map<string, number>> {
  const rows = await engine.query<{ token: string; rows: number }>(
    'SELECT Token AS token, sum(Rows) AS rows FROM ingest_log WHERE Token IN {tokens:Array(String)} GROUP BY token',
    { tokens },
  );
  return new Map(rows.map(({ token, rows }) => [token, Number(rows)]));
}

async function compareSchema(
  engine: Engine,
  known: readonly Migration[],
): Promise<Pick<StoreInspection, 'missing' | 'foreign'>> {
  const [{ there } = { there: 0 }] = await engine.query<{ there: number }>(
    `SELECT count() AS there FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'`,
  );
  const applied =
    Number(there) === 0
      ? []
      : await engine.query<{ Version: number; Name: string; Checksum: string }>(
          'SELECT DISTINCT Version, Name, Checksum FROM schema_migrations ORDER BY Version',
        );
  const done = new Map(applied.map((step) => [step.Version, step]));
  const ours = new Map(known.map((step) => [step.version, step]));
  const text = (version: number, name: string) => `${String(version).padStart(3, '0')}_${name}`;
  return {
    missing: known.filter(({ version }) => !done.has(version)).map((step) => text(step.version, step.name)),
    foreign: applied
      .filter(({ Version, Checksum }) => ours.get(Version)?.checksum !== Checksum)
      .map(({ Version, Name }) => text(Version, Name)),
  };
}

/** `20260131` as `2026-01-31`. */
const dayText = (id: string): string => id.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
