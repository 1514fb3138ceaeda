import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../model/status.ts';
import { connect } from '../../store/client.ts';
import type { Engine } from '../../store/engine.ts';
import { type Addresses, readBanner } from './banner.ts';
import { commandOf, processTree } from './processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const KEPT_OUTPUT = 20_000;
const FREE_PORTS = ['http-port', 'otlp-http-port', 'otlp-grpc-port'].flatMap((name) => [`--${name}`, '0']);

export interface ProductOptions {
  dataDir: string;
  /** Further flags of the product. */
  args?: readonly string[];
  /** Whether it watches itself, as it does for users; default false, so that only what is sent is stored. */
  selfTelemetry?: boolean;
  /** Called with its way to end it as soon as there is a process, so that nothing is left if the caller is interrupted. */
  atEnd?: (kill: () => void) => void;
}

/** Loopwatch as a process of its own, as a user would run it. */
export interface Product {
  /** Its main process. */
  pid: number;
  dashboardUrl: string;
  otlpUrl: string;
  otlpGrpcUrl: string;
  dataDir: string;
  /** From spawning until it said it was ready. */
  readyMs: number;
  /** Resolves when the main process has ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** The last of what it wrote, stdout and stderr, for messages about failures. */
  output(): string;
  /** Process id of the engine it runs at this moment. */
  enginePid(): number | undefined;
  /** Straight to its embedded engine, past the API; close it when done. */
  engine(): Engine;
  status(): Promise<Status>;
  /** SIGTERM, as an operator stops it. Resolves with the exit code, null when it had to be killed. */
  stop(): Promise<number | null>;
  /** SIGKILL to the main process alone: its engine must notice by itself. */
  kill(): void;
}

/**
 * Starts the product on free ports and waits until it says that it is ready.
 * @throws Error with what it wrote when it ends or says nothing for a minute
 */
export async function startProduct({
  dataDir,
  args = [],
  selfTelemetry = false,
  atEnd,
}: ProductOptions): Promise<Product> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...startArguments(),
      ...['--data-dir', dataDir, '--self-telemetry', selfTelemetry ? 'on' : 'off'],
      ...FREE_PORTS,
      ...args,
    ],
    // Not in the repository: a loopwatch.yaml of somebody who works there must not change what is measured.
    { cwd: '/', env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  atEnd?.(() => void child.kill('SIGKILL'));
  const output = keepOutput(child);
  const ended: Product['ended'] = new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const { dashboardUrl, otlpUrl, otlpGrpcUrl } = await addresses(child, output, ended);
  const pid = child.pid!;
  return {
    pid,
    dashboardUrl,
    otlpUrl,
    otlpGrpcUrl,
    dataDir,
    readyMs: performance.now() - began,
    ended,
    output,
    enginePid: () => processTree(pid).find((member) => isEngine(member.pid))?.pid,
    engine: () => connectTo(dataDir),
    status: async () => (await (await fetch(`${dashboardUrl}/api/status`)).json()) as Status,
    stop: () => stop(child, ended),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** What `npm start` gives Node: flags, then the program; measured is what users run. */
function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const words = scripts.start.split('node ')[1]!.split(' ');
  return words.map((word) => (word.startsWith('-') ? word : join(ROOT, word)));
}

/** Nothing of the caller's settings may reach the product. */
function environment(): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(LOOPWATCH_|OTEL_|CLICKHOUSE_|NODE_OPTIONS)/.test(name),
  );
  return Object.fromEntries(clean);
}

function keepOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-KEPT_OUTPUT);
    });
  return () => text;
}

async function addresses(
  child: ChildProcess,
  output: () => string,
  ended: Product['ended'],
): Promise<Addresses> {
  const over = AbortSignal.timeout(READY_WITHIN_MS);
  let gone = false;
  void ended.then(() => {
    gone = true;
  });
  for (;;) {
    const ready = readBanner(output());
    if (ready) return ready;
    if (gone || over.aborted) {
      child.kill('SIGKILL');
      throw new Error(`The product ${gone ? 'ended' : 'was not ready in time'}. It wrote:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const isEngine = (pid: number): boolean => commandOf(pid).includes('store/embedded/child.ts');

function connectTo(dataDir: string): Engine {
  const socketPath = join(dataDir, 'engine', 'engine.sock');
  return connect({ name: 'embedded', url: 'http://engine', socketPath, transport: 'file' });
}

async function stop(child: ChildProcess, ended: Product['ended']): Promise<number | null> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  const { code } = await ended;
  clearTimeout(timer);
  return code;
}
