import type { Engine } from './engine.ts';
import { SIGNAL_TABLES } from './schema/retention.ts';

/** How much the store may take: so many bytes, or a share (0…1) of what it has and what is free on its disk. */
export type DiskBudget = { bytes: number } | { share: number };

/** A day of one table. */
export interface DayPartition {
  table: string;
  /** `YYYYMMDD`. */
  day: string;
  bytes: number;
  rows: number;
}

/** What was done to keep the budget. */
export interface BudgetTurn {
  usedBytes: number;
  budgetBytes: number;
  /** Oldest first; empty when nothing had to go. */
  dropped: { day: string; bytes: number; rows: number }[];
  /** True when only the newest day is left and it alone is more than the budget. */
  isExceeded: boolean;
}

/**
 * Drops the oldest days of all signals together until the rest is within the budget, and writes down in
 * `dropped_partitions` what goes. The newest day stays whatever it takes.
 * @throws Problem as the engine's; the next turn goes on
 */
export async function enforceBudget(engine: Engine, budget: DiskBudget): Promise<BudgetTurn> {
  const partitions = await readPartitions(engine);
  const used = totalBytes(partitions);
  const budgetBytes = 'bytes' in budget ? budget.bytes : Math.floor(budget.share * (await roomOf(engine)));
  const going = planDrops(partitions, budgetBytes);
  for (const partition of going) await drop(engine, partition, budgetBytes);
  const usedBytes = used - totalBytes(going);
  return { usedBytes, budgetBytes, dropped: byDay(going), isExceeded: usedBytes > budgetBytes };
}

/** The partitions of the oldest days that must go for the rest to fit; never those of the newest day. */
export function planDrops(partitions: readonly DayPartition[], budgetBytes: number): DayPartition[] {
  const days = [...new Set(partitions.map(({ day }) => day))].sort();
  let left = totalBytes(partitions);
  const going: DayPartition[] = [];
  for (const day of days.slice(0, -1)) {
    if (left <= budgetBytes) break;
    const ofDay = partitions.filter((partition) => partition.day === day);
    going.push(...ofDay);
    left -= totalBytes(ofDay);
  }
  return going;
}

function readPartitions(engine: Engine): Promise<DayPartition[]> {
  return engine.query<DayPartition>(
    `SELECT table, partition_id AS day, sum(bytes_on_disk) AS bytes, sum(system.parts.rows) AS rows FROM system.parts
     WHERE active AND database = currentDatabase() AND table IN {tables:Array(String)} AND match(partition_id, '^[0-9]{8}$')
     GROUP BY table, day`,
    { tables: SIGNAL_TABLES },
  );
}

/** Bytes the store has, parts that are about to be removed included, and what is free on their disk. */
async function roomOf(engine: Engine): Promise<number> {
  const [row] = await engine.query<{ bytes: number }>(
    `SELECT (SELECT sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase())
       + (SELECT min(free_space) FROM system.disks WHERE name IN
           (SELECT disk_name FROM system.parts WHERE database = currentDatabase())) AS bytes`,
  );
  return Number(row!.bytes);
}

/** Said before it is done: a drop that a crash interrupts is repeated by the next turn. */
async function drop(
  engine: Engine,
  { table, day, bytes, rows }: DayPartition,
  budget: number,
): Promise<void> {
  await engine.command(
    `INSERT INTO dropped_partitions (Day, Target, Bytes, Rows, BudgetBytes)
     SELECT toDate(parseDateTime({day:String}, '%Y%m%d')), {table:String}, {bytes:UInt64}, {rows:UInt64}, {budget:UInt64}`,
    { day, table, bytes: Number(bytes), rows: Number(rows), budget },
  );
  // Names of our own tables and eight digits of the engine's.
  await engine.command(`ALTER TABLE ${table} DROP PARTITION ID '${day}'`);
}

function byDay(partitions: readonly DayPartition[]): BudgetTurn['dropped'] {
  const days = Map.groupBy(partitions, ({ day }) => day);
  return [...days].map(([day, ofDay]) => ({
    day: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`,
    bytes: totalBytes(ofDay),
    rows: ofDay.reduce((sum, { rows }) => sum + Number(rows), 0),
  }));
}

const totalBytes = (partitions: readonly DayPartition[]): number =>
  partitions.reduce((sum, { bytes }) => sum + Number(bytes), 0);
