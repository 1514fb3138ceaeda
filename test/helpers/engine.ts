import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { frame } from '../../collector/journal/frame.ts';
import { connect } from '../../store/client.ts';
import { writeEngineConfig } from '../../store/embedded/config.ts';
import { type EmbeddedEngine, launchEngine, startEmbedded } from '../../store/embedded/supervisor.ts';
import type { Engine, Segment } from '../../store/engine.ts';
import { applySchema } from '../../store/schema/apply.ts';
import { makeFolder } from './folder.ts';
import { recordingLog } from './log.ts';
import { admitted } from './otlp.ts';

const MEMORY_BYTES = 2 ** 30;

/** A real engine in a folder of its own; `stop` ends its process and removes the folder. */
export interface TestEngine<E extends Engine = Engine> {
  engine: E;
  folder: string;
  stop: () => Promise<void>;
}

/** The embedded engine, as `app` starts it. @param schema false: without tables */
export async function startTestEngine(
  options: { schema?: boolean; heartbeat?: { everyMs: number; deadAfterMs: number } } = {},
): Promise<TestEngine<EmbeddedEngine>> {
  const { path: folder, remove } = makeFolder();
  const { heartbeat } = options;
  try {
    const engine = await startEmbedded({
      folder: join(folder, 'engine'),
      memoryBytes: MEMORY_BYTES,
      log: recordingLog(),
      readers: 2,
      ...(heartbeat === undefined ? {} : { heartbeat }),
    });
    if (options.schema !== false) await applySchema(engine);
    return { engine, folder, stop: () => engine.close().finally(remove) };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}

/**
 * The server side: a database of its own on CLICKHOUSE_URL, else a second engine process behind a password on a
 * loopback port. Segments are streamed to both.
 */
export async function startTestServer(): Promise<TestEngine & { url: string }> {
  const given = process.env.CLICKHOUSE_URL;
  const server = given === undefined || given === '' ? await startServerProcess() : await ownDatabase(given);
  await applySchema(server.engine);
  return server;
}

async function startServerProcess(): Promise<TestEngine & { url: string }> {
  const { path: folder, remove } = makeFolder();
  const password = randomBytes(12).toString('hex');
  const configFile = join(folder, 'engine.xml');
  writeEngineConfig(configFile, MEMORY_BYTES);
  const launched = launchEngine({ folder, configFile, readers: 2, password });
  const { child, ready } = await launched.catch((thrown) => {
    remove();
    throw thrown;
  });
  const url = `http://default:${password}@127.0.0.1:${ready.port}`;
  const engine = connect({ name: 'second', url, transport: 'body' });
  const stop = async () => {
    await engine.close();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    remove();
  };
  return { engine, folder, url, stop };
}

async function ownDatabase(given: string): Promise<TestEngine & { url: string }> {
  const name = `loopwatch_test_${randomBytes(6).toString('hex')}`;
  const server = connect({ name: 'server', url: given, transport: 'body' });
  await server.command(`CREATE DATABASE ${name}`);
  const url = new URL(given);
  url.pathname = `/${name}`;
  const engine = connect({ name: 'server', url: url.href, transport: 'body' });
  const { path: folder, remove } = makeFolder();
  const stop = async () => {
    await engine.close();
    await server.command(`DROP DATABASE ${name}`);
    await server.close();
    remove();
  };
  return { engine, folder, url: url.href, stop };
}

let segments = 0;

/** A sealed segment with these requests in `folder`, as the journal writes it. They go through the door first. */
export function writeSegment(folder: string, requests: readonly Uint8Array[], token?: string): Segment {
  const name = token ?? `segment-${++segments}-${randomBytes(4).toString('hex')}`;
  const path = join(folder, `${name}-${++segments}.seg`);
  writeFileSync(path, Buffer.concat(requests.flatMap((request) => frame(admitted(request)))));
  return { signal: 'traces', path, token: name };
}

/** Stores requests as one segment; the number of spans the engine has of it. */
export const store = ({ engine, folder }: TestEngine, ...requests: Uint8Array[]): Promise<number> =>
  engine.insertSegment(writeSegment(folder, requests));
