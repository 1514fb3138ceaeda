import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Scratch } from '../../bench/harness/scratch.ts';
import { connect } from '../../store/client.ts';
import { writeEngineConfig } from '../../store/embedded/config.ts';
import { launchEngine } from '../../store/embedded/supervisor.ts';
import type { Engine } from '../../store/engine.ts';
import { type FaultyProxy, startProxy } from './proxy.ts';

const MEMORY_BYTES = 2 * 2 ** 30;

/** A ClickHouse server of the user's, as the product sees it: behind a URL, a password, and a network that fails. */
export interface RemoteEngine {
  /** For the product: leads through the proxy. */
  url: string;
  proxy: FaultyProxy;
  /** Past the proxy, for questions during the outage; close it when done. */
  engine: Engine;
}

/** Starts an engine process of its own on a loopback port, with a proxy before it; both end with the scratch. */
export async function startRemoteEngine(scratch: Scratch): Promise<RemoteEngine> {
  const folder = join(scratch.folder, 'server');
  mkdirSync(folder, { recursive: true });
  const password = randomBytes(12).toString('hex');
  const configFile = join(folder, 'engine.xml');
  writeEngineConfig(configFile, MEMORY_BYTES);
  const { child, ready } = await launchEngine({ folder, configFile, readers: 3, password });
  scratch.atEnd(() => void child.kill('SIGKILL'));
  const proxy = await startProxy(ready.port!);
  scratch.atEnd(() => proxy.close());
  const urlOf = (port: number) => `http://default:${password}@127.0.0.1:${port}`;
  return {
    url: urlOf(proxy.port),
    proxy,
    engine: connect({ name: 'server', url: urlOf(ready.port!), transport: 'body' }),
  };
}
