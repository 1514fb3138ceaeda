import { join } from 'node:path';
import { idle } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Status } from '../model/status.ts';
import { connect } from '../store/client.ts';
import { startEmbedded } from '../store/embedded/supervisor.ts';
import type { Engine } from '../store/engine.ts';
import { applySchema } from '../store/schema/apply.ts';
import { applyRetention } from '../store/schema/retention.ts';
import { type Config, keptFor } from './settings.ts';

export type StoreState = Pick<Status['store'], 'state' | 'detail'>;

const WATCH_MS = 2_000;
const RETRY_MS = 2_000;

/** The engine with its schema, and whether it can be trusted at this moment. */
export interface Store {
  engine: Engine;
  state(): StoreState;
  /** Resolves when the schema is in place; rejects when this release cannot use the data. */
  ready: Promise<void>;
  /** Calls the listener each time the engine answers again after it did not. */
  whenBack(listener: () => void): void;
  close(): Promise<void>;
}

/** Embedded, or the server the user names; the same engine to everybody behind. @throws Problem of the first start */
export async function openStore(config: Config, folder: string, log: Log): Promise<Store> {
  const engine =
    config['clickhouse-url'] === '' ? await embedded(config, folder, log) : server(config['clickhouse-url']);
  const watch = {
    state: { state: 'starting', detail: 'The store is starting.' } as StoreState,
    closed: false,
    whenBack: [] as (() => void)[],
  };
  const ready = prepare(engine, config, watch, log);
  // Whoever awaits `ready` handles its failure; without this line one that nobody awaits yet would end the process.
  ready.catch(() => {});
  ready.then(() => watchOver(engine, watch, log)).catch(() => {});
  return {
    engine,
    ready,
    state: () => watch.state,
    whenBack: (listener) => void watch.whenBack.push(listener),
    close: async () => {
      watch.closed = true;
      await engine.close();
    },
  };
}

function embedded(config: Config, folder: string, log: Log): Promise<Engine> {
  return startEmbedded({ folder, memoryBytes: config['engine-memory'], log });
}

function server(url: string): Engine {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return connect({ name: join(shown.host, shown.pathname), url, transport: 'body' });
}

interface Watch {
  state: StoreState;
  whenBack: (() => void)[];
  closed: boolean;
}

/** Schema and retention; a store that is away is waited for, one that this release must not touch is not. */
async function prepare(engine: Engine, config: Config, watch: Watch, log: Log): Promise<void> {
  for (let attempt = 0; !watch.closed; attempt++) {
    try {
      await applySchema(engine);
      await applyRetention(engine, keptFor(config));
      watch.state = { state: 'ok', detail: '' };
      return;
    } catch (thrown) {
      if (watch.closed) return;
      if (thrown instanceof Problem && !thrown.retryable) throw thrown;
      watch.state = down(messageOf(thrown));
      if (attempt === 0)
        log.error('The store cannot be used yet; ingest goes on into the journal.', {
          reason: messageOf(thrown),
        });
      await idle(RETRY_MS);
    }
  }
}

async function watchOver(engine: Engine, watch: Watch, log: Log): Promise<void> {
  while (!watch.closed) {
    await idle(WATCH_MS);
    const answers = await engine.ping();
    if (watch.closed) return;
    if (answers !== (watch.state.state === 'ok'))
      log.warn(answers ? 'The store answers again.' : 'The store does not answer.');
    const isBack = answers && watch.state.state === 'down';
    watch.state = answers ? { state: 'ok', detail: '' } : down('no answer within 2 s');
    if (isBack) for (const listener of watch.whenBack) listener();
  }
}

const down = (reason: string): StoreState => ({
  state: 'down',
  detail: `The store does not answer (${reason.slice(0, 200)}). What arrives is kept in the journal and will be stored when it is back.`,
});
