/** Whom the doctor looks at: the settings, and what is known of the data folder at this moment. */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, Problem } from '../../base/errors.ts';
import { createLog } from '../../base/log.ts';
import { connect } from '../../store/client.ts';
import { linkStore } from '../../store/embedded/snapshot.ts';
import { startEmbedded } from '../../store/embedded/supervisor.ts';
import type { Engine } from '../../store/engine.ts';
import { takeDataFolder } from '../data-folder.ts';
import { engineOfRunningProduct } from '../running.ts';
import type { Config } from '../settings.ts';
import type { Finding } from './finding.ts';

export interface Patient {
  config: Config;
  env: Readonly<Record<string, string | undefined>>;
  now: number;
  /** The data folder, absolute; it may not be there. */
  folder: string;
  /** Of probes. */
  artifacts: string;
  /** `none`: there is no data yet. */
  state: 'running' | 'stopped' | 'none';
  /** Null when it does not answer; `why` then says so. */
  engine: Engine | null;
  why: string;
}

/** One thing to look at. What it throws is told as bad. */
export interface Check {
  name: string;
  look(patient: Patient): Finding | Finding[] | Promise<Finding | Finding[]>;
}

/**
 * Finds out whether it runs and opens its store. One at rest is looked at as a copy by hard links in `scratch`, so that
 * opening it changes nothing.
 * @returns the patient, and how to let go
 */
export async function admit(
  config: Config,
  env: Patient['env'],
): Promise<{ patient: Patient; discharge: () => Promise<void> }> {
  const folder = resolve(config['data-dir']);
  const artifacts = resolve(config['artifacts-dir'] || join(folder, 'artifacts'));
  const common = { config, env, now: Date.now(), folder, artifacts };
  const url = config['clickhouse-url'];
  const state = existsSync(join(folder, 'lock')) ? whoHas(folder) : 'none';
  const opened = await (url !== '' ? ofServer(url) : openStore(config, folder, state)).catch((thrown) => ({
    engine: null,
    why: messageOf(thrown),
    close: async () => {},
  }));
  return {
    patient: { ...common, state, engine: opened.engine, why: opened.why },
    discharge: opened.close,
  };
}

interface Opened {
  engine: Engine | null;
  why: string;
  close: () => Promise<void>;
}

function whoHas(folder: string): 'running' | 'stopped' {
  try {
    takeDataFolder(folder).release();
    return 'stopped';
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'folder_in_use') return 'running';
    throw thrown;
  }
}

async function ofServer(url: string): Promise<Opened> {
  const engine = connect({ name: 'server', url, transport: 'body' });
  if (await engine.ping(5_000)) return { engine, why: '', close: engine.close };
  await engine.close();
  return { engine: null, why: 'the ClickHouse server does not answer within 5 s', close: async () => {} };
}

async function openStore(config: Config, folder: string, state: Patient['state']): Promise<Opened> {
  const nothing = (why: string): Opened => ({ engine: null, why, close: async () => {} });
  if (state === 'none' || !existsSync(join(folder, 'engine', 'store'))) return nothing('');
  if (state === 'running') {
    const engine = await engineOfRunningProduct(folder);
    if (engine === null) return nothing('Loopwatch runs, and its engine does not answer within 2 s');
    return { engine, why: '', close: engine.close };
  }
  const copy = join(folder, 'scratch', `doctor-${process.pid}`);
  const remove = () => rmSync(copy, { recursive: true, force: true });
  try {
    await linkStore(join(folder, 'engine', 'store'), join(copy, 'store'));
    const memoryBytes = config['engine-memory'];
    const engine = await startEmbedded({ folder: copy, memoryBytes, readers: 1, log: createLog('error') });
    return { engine, why: '', close: () => engine.close().finally(remove) };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}
