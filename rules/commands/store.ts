/** What commands that look at stored data share: the store, times, and how they are written. */
import type { ParseArgsOptionsConfig } from 'node:util';
import { Problem } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import type { Engine } from '../../store/engine.ts';
import type { CommandInput } from './command.ts';

/** The store of a data folder, or of a server. */
export interface OpenedStore {
  engine: Engine;
  /** Where `state.db` lies. */
  folder: string;
  close(): Promise<void>;
}

/** Opens what the flags name; the store of a product that runs is shared with it. @throws Problem */
export type OpenStore = (flags: CommandInput['flags']) => Promise<OpenedStore>;

/** Flags that say where the data is. */
export const STORE_OPTIONS: ParseArgsOptionsConfig = {
  folder: { type: 'string' },
  'data-dir': { type: 'string' },
  'clickhouse-url': { type: 'string' },
};

/** Flags of the commands that read the store. */
export const STORE_HELP = (folder: string): string[] => [
  `--folder DIR          where the rules are (${folder})`,
  '--data-dir DIR        where the data is (./data); a product that runs on it is not disturbed',
  '--clickhouse-url URL  a ClickHouse server that holds the data instead',
];

/** Runs `work` on the store and closes it, however it ends. */
export async function withStore<T>(
  open: OpenStore,
  flags: CommandInput['flags'],
  work: (store: OpenedStore) => Promise<T>,
): Promise<T> {
  const store = await open(flags);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** `now`, `-90m` (before now), or a date like 2026-01-15T09:00:00Z; unix ms. @throws Problem `usage` */
export function momentOf(text: string, now: number): number {
  if (text === 'now') return now;
  if (text.startsWith('-')) return now - parseDuration(text.slice(1));
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw new Problem('usage', `"${text}" is no time: write now, -2h, or 2026-01-15T09:00:00Z`);
}

/** `2026-01-15 09:00:30` in UTC. */
export const timeText = (t: number): string => new Date(t).toISOString().slice(0, 19).replace('T', ' ');

/** `1h30m`, `45s`, `0s`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ].filter(([count]) => count !== 0);
  return parts.length === 0 ? '0s' : parts.flat().join('');
}

/** `service.name=shop, host.name=a`; `-` for none. Control characters cannot drive the terminal. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return (pairs.join(', ') || '-').replace(/\p{C}/gu, '\ufffd').slice(0, 200);
}
