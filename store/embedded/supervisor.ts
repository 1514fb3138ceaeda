import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { idle, sleep } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { connect } from '../client.ts';
import type { Engine } from '../engine.ts';
import { writeEngineConfig } from './config.ts';
import { endOrphan, ownership } from './orphan.ts';
import type { EngineReady, EngineSpec } from './spec.ts';

export interface EmbeddedOptions {
  /** Folder for the store; created when missing. */
  folder: string;
  memoryBytes: number;
  log: Log;
  readers?: number;
  heartbeat?: { everyMs: number; deadAfterMs: number };
}

export interface EmbeddedEngine extends Engine {
  /** Process id of the engine at this moment; it changes when the supervisor had to restart it. */
  pid(): number | undefined;
  /** How often it was started again. */
  restarts(): number;
}

const READY_TIMEOUT_MS = 30_000;
const HEARTBEAT = { everyMs: 1_000, deadAfterMs: 8_000 };
const RESTART_PAUSE_MS = [0, 200, 1_000, 3_000, 5_000];
const ORPHAN_MS = 10_000;
const PID_FILE = 'engine.pid';
const FOLDER_IN_USE = 'Another process uses its folder.';
const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/**
 * Starts the engine in a process of its own and keeps it alive: a missed heartbeat is answered with SIGKILL, an ended
 * process with a new one. Resolves when it answers.
 * @throws Problem `engine_failed` when the first start fails, with what the engine said
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const spec: EngineSpec = {
    folder: options.folder,
    configFile: join(options.folder, 'engine.xml'),
    readers: options.readers ?? 3,
    socketPath: join(options.folder, 'engine.sock'),
  };
  if (Buffer.byteLength(spec.socketPath!) > 100)
    throw new Problem(
      'path_too_long',
      `The data folder's path is too long for a socket (${spec.socketPath}). Choose a shorter one.`,
    );
  writeEngineConfig(spec.configFile, options.memoryBytes);
  const supervisor = new Supervisor(spec, options.log, options.heartbeat ?? HEARTBEAT);
  await startPastOrphan(supervisor, join(options.folder, PID_FILE));
  const engine = connect({
    name: 'embedded',
    url: 'http://engine',
    socketPath: spec.socketPath!,
    transport: 'file',
  });
  return {
    ...engine,
    // Past the readers: three slow queries are no reason to call the engine dead.
    ping: (timeoutMs = 2_000) => supervisor.answers(timeoutMs),
    pid: () => supervisor.pid,
    restarts: () => supervisor.restarts,
    close: async () => {
      await engine.close();
      await supervisor.stop();
    },
  };
}

/**
 * An engine whose parent was killed needs a moment to notice and let go of the store (seen: up to 0.2 s), and one that
 * hangs never does. The data folder is ours, so the engine of its last owner is an orphan and can be ended.
 */
async function startPastOrphan(supervisor: Supervisor, pidFile: string): Promise<void> {
  const giveUpAt = performance.now() + ORPHAN_MS;
  endOrphan(pidFile);
  for (;;) {
    try {
      return await supervisor.start();
    } catch (thrown) {
      if (!(thrown as Error).message.includes(FOLDER_IN_USE) || performance.now() > giveUpAt) throw thrown;
      await sleep(100);
    }
  }
}

class Supervisor {
  restarts = 0;
  readonly #spec: EngineSpec;
  readonly #log: Log;
  readonly #heartbeat: { everyMs: number; deadAfterMs: number };
  #child: ChildProcess | undefined;
  #stopping = false;
  #failures = 0;

  constructor(spec: EngineSpec, log: Log, heartbeat: { everyMs: number; deadAfterMs: number }) {
    this.#spec = spec;
    this.#log = log;
    this.#heartbeat = heartbeat;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    const { child } = await launchEngine(this.#spec);
    this.#child = child;
    writeFileSync(join(this.#spec.folder, PID_FILE), ownership(child.pid), { mode: 0o600 });
    if (this.#stopping) return void child.kill('SIGKILL');
    child.once('exit', (code, signal) => void this.#restart(signal ?? `exit code ${code}`));
    void this.#watch(child);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || !isRunning(child)) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async #restart(reason: string): Promise<void> {
    if (this.#stopping) return;
    this.#log.error(
      `The ClickHouse engine ended (${reason}); starting it again. Ingest goes on into the journal.`,
    );
    while (!this.#stopping) {
      await idle(RESTART_PAUSE_MS[Math.min(this.#failures, RESTART_PAUSE_MS.length - 1)]!);
      try {
        await this.start();
        this.restarts += 1;
        this.#failures = 0;
        this.#log.info('The ClickHouse engine is back.');
        return;
      } catch (thrown) {
        this.#failures += 1;
        this.#log.error((thrown as Error).message, { attempt: this.#failures });
      }
    }
  }

  /** A crash inside the engine can hang its process instead of ending it: silence is answered with SIGKILL. */
  async #watch(child: ChildProcess): Promise<void> {
    let lastBeat = performance.now();
    while (!this.#stopping && isRunning(child)) {
      await idle(this.#heartbeat.everyMs);
      if (await this.answers(this.#heartbeat.deadAfterMs)) lastBeat = performance.now();
      if (this.#stopping || !isRunning(child)) return;
      const silentMs = performance.now() - lastBeat;
      if (silentMs < this.#heartbeat.deadAfterMs) continue;
      this.#log.error(`The ClickHouse engine has not answered for ${Math.round(silentMs)} ms; killing it.`);
      child.kill('SIGKILL');
      return;
    }
  }

  /** Whether the engine answers a trivial query in a session of its own within `timeoutMs`. */
  answers(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const call = request(
        { socketPath: this.#spec.socketPath, path: '/heartbeat', agent: false },
        (response) => {
          response.resume().once('end', () => resolve(response.statusCode === 200));
        },
      );
      call.setTimeout(timeoutMs, () => call.destroy());
      call.once('error', () => resolve(false)).end();
    });
  }
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/**
 * Starts one engine process and waits until it answers.
 * @throws Problem `engine_failed` with the last lines it wrote
 */
export function launchEngine(spec: EngineSpec): Promise<{ child: ChildProcess; ready: EngineReady }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own, so that Ctrl-C in a terminal reaches the parent first.
    detached: true,
    // The engine keeps a __cache__ of schema texts in its working directory.
    cwd: spec.folder,
    env: {
      PATH: process.env.PATH,
      TZ: 'UTC',
      LOOPWATCH_ENGINE: JSON.stringify(spec),
      UV_THREADPOOL_SIZE: String(spec.readers + 6),
      // Large buffers in the ordinary arenas: handing each back to the system at once cost a tenth of the CPU of an insert.
      JE_MALLOC_CONF: 'oversize_threshold:0',
    },
  });
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(0, 2_000);
  };
  child.stdout!.on('data', listen);
  child.stderr!.on('data', listen);
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(
        new Problem('engine_failed', `The ClickHouse engine did not start: ${why}. ${explain(said)}`.trim(), {
          retryable: true,
        }),
      );
    };
    const timer = setTimeout(() => fail(`no answer in ${READY_TIMEOUT_MS / 1_000} s`), READY_TIMEOUT_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`it ended with ${signal ?? `exit code ${code}`}`));
    child.once('message', (ready) => {
      clearTimeout(timer);
      child.removeAllListeners('exit');
      child.removeAllListeners('error');
      child.on('error', () => {});
      resolve({ child, ready: ready as EngineReady });
    });
  });
}

function explain(said: string): string {
  if (/Cannot lock file|another server instance/i.test(said)) return FOLDER_IN_USE;
  return said.trim().split('\n')[0] ?? '';
}
