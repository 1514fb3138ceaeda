/** Where a backup comes from: a product at work, or a folder that nobody has. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sleep } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { endOrphanAndWait } from '../../store/embedded/orphan.ts';
import { freezeStore, type StoreSnapshot, storeAtRest } from '../../store/embedded/snapshot.ts';
import type { Engine } from '../../store/engine.ts';
import { takeDataFolder } from '../data-folder.ts';
import { engineOfRunningProduct } from '../running.ts';
import type { Config } from '../settings.ts';

export interface Source {
  folder: string;
  artifacts: string;
  from: 'running' | 'stopped';
  store: 'embedded' | 'server';
  /** The store's files as of the moment of the call; nothing of a server's. */
  snapshot(): Promise<StoreSnapshot & { thaw: () => void }>;
  release(): Promise<void>;
}

const LOOK_MS = 200;

/** Opens the data folder of these settings for a backup; one that nobody has is locked meanwhile. @throws Problem */
export async function openSource(config: Config): Promise<Source> {
  const folder = resolve(config['data-dir']);
  const store = config['clickhouse-url'] === '' ? 'embedded' : 'server';
  const engineFolder = join(folder, 'engine');
  if (!existsSync(store === 'embedded' ? join(engineFolder, 'store') : join(folder, 'lock')))
    throw new Problem('usage', `There is no data of Loopwatch in ${folder}. Say where it is: --data-dir DIR`);
  const artifacts = resolve(config['artifacts-dir'] || join(folder, 'artifacts'));
  const common = { folder, artifacts, store } as const;
  const nothing = async () => ({ files: [], links: [], thaw: () => {} });
  const taken = tryTake(folder);
  if (taken !== null) {
    await endOrphanAndWait(join(engineFolder, 'engine.pid'));
    const rest = async () => ({ ...(await storeAtRest(join(engineFolder, 'store'))), thaw: () => {} });
    const snapshot = store === 'embedded' ? rest : nothing;
    return { ...common, from: 'stopped', snapshot, release: async () => taken.release() };
  }
  if (store === 'server') return { ...common, from: 'running', snapshot: nothing, release: async () => {} };
  const engine = await runningEngine(folder);
  return {
    ...common,
    from: 'running',
    snapshot: () => freezeStore(engine, join(engineFolder, 'store')),
    release: engine.close,
  };
}

/** Null when another process has it. */
function tryTake(folder: string): ReturnType<typeof takeDataFolder> | null {
  try {
    return takeDataFolder(folder);
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'folder_in_use') return null;
    throw thrown;
  }
}

async function runningEngine(folder: string): Promise<Engine> {
  const engine = await engineOfRunningProduct(folder);
  if (engine !== null) return engine;
  throw new Problem(
    'store_down',
    `Loopwatch runs on ${folder}, but its engine does not answer. Try again when it does, or stop Loopwatch and take the backup then.`,
    { retryable: true },
  );
}

/** Segments of the journal that wait for the store, by name. */
export function waitingSegments(folder: string): string[] {
  const journal = join(folder, 'journal');
  if (!existsSync(journal)) return [];
  const bytes = (name: string) => statSync(join(journal, name), { throwIfNoEntry: false })?.size ?? 0;
  return readdirSync(journal).filter((name) => name.endsWith('.seg') && bytes(name) > 0);
}

/**
 * Waits until what lies in the journal now is in the store: everything that was acknowledged so far.
 * @param left told how many segments still wait
 * @throws Problem `not_stored` after `withinMs`
 */
export async function untilStored(
  folder: string,
  withinMs: number,
  left: (segments: number) => void,
): Promise<void> {
  const wanted = new Set(waitingSegments(folder));
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const now = new Set(waitingSegments(folder));
    const waiting = [...wanted].filter((name) => now.has(name)).length;
    left(waiting);
    if (waiting === 0) return;
    if (performance.now() > giveUpAt)
      throw new Problem(
        'not_stored',
        `${waiting} segment${waiting === 1 ? ' of the journal waits' : 's of the journal wait'} for the store. Give it longer with --wait, or stop Loopwatch and take the backup then: it holds the journal.`,
        { retryable: true },
      );
    await sleep(LOOK_MS);
  }
}
