/** The store of a product that runs on a data folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../store/client.ts';
import type { Engine } from '../store/engine.ts';

/** Its embedded engine, by a socket that only its user can open; null when none answers. */
export async function engineOfRunningProduct(folder: string): Promise<Engine | null> {
  const socketPath = join(folder, 'engine', 'engine.sock');
  if (!existsSync(socketPath)) return null;
  const engine = connect({ name: 'embedded', url: 'http://engine', socketPath, transport: 'file' });
  if (await engine.ping()) return engine;
  await engine.close();
  return null;
}
