/** The store for commands about rules: that of a product at work, or opened for the command alone. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Problem } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import type { OpenedStore, OpenStore } from '../rules/commands/store.ts';
import { connect } from '../store/client.ts';
import { startEmbedded } from '../store/embedded/supervisor.ts';
import { applySchema } from '../store/schema/apply.ts';
import { readConfig } from './config.ts';
import { takeDataFolder } from './data-folder.ts';
import { engineOfRunningProduct } from './running.ts';

/** Settings as the product reads them: the file and the environment, and the command's own flags over them. */
export const openStoreOf =
  (env: Readonly<Record<string, string | undefined>>): OpenStore =>
  async (flags) => {
    const args = ['data-dir', 'clickhouse-url'].flatMap((name) =>
      flags[name] === undefined ? [] : [`--${name}`, String(flags[name])],
    );
    const config = readConfig({ args, env });
    if (config === 'help') throw new Problem('usage', 'See --help');
    const folder = resolve(config['data-dir']);
    if (config['clickhouse-url'] !== '') {
      const engine = connect({ name: 'server', url: config['clickhouse-url'], transport: 'body' });
      return { engine, folder, close: engine.close };
    }
    mustHoldData(folder);
    const running = await engineOfRunningProduct(folder);
    return running === null
      ? alone(folder, config['engine-memory'])
      : { engine: running, folder, close: running.close };
  };

/** In a folder without data every rule is silent, which looks like good news; and a store would be made there. */
function mustHoldData(folder: string): void {
  if (existsSync(join(folder, 'engine', 'store'))) return;
  const demo = join(folder, 'loopwatch');
  const where = existsSync(join(demo, 'engine', 'store')) ? `; that of the demo is in ${demo}` : '';
  throw new Problem(
    'usage',
    `There is no data of Loopwatch in ${folder}. Say where it is: --data-dir DIR${where}`,
  );
}

async function alone(folder: string, memoryBytes: number): Promise<OpenedStore> {
  const taken = takeDataFolder(folder);
  try {
    const engine = await startEmbedded({ folder: taken.engine, memoryBytes, log: createLog('error') });
    await applySchema(engine);
    return {
      engine,
      folder,
      close: async () => {
        await engine.close();
        taken.release();
      },
    };
  } catch (thrown) {
    taken.release();
    throw thrown;
  }
}
