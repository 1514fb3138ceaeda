import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../base/errors.ts';
import type { ProbeStep } from '../../model/probe.ts';
import { cleanEnvironment, type Environment } from '../journey/environment.ts';
import { killGroup } from './kill.ts';
import type { FromRunner, RunResult, RunTask, StartOrder, ToRunner } from './messages.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const START_LIMIT_MS = 20_000;
const CLOSE_LIMIT_MS = 3_000;

/** How far a run came, known step by step: what is left of it when its runner has to be killed. */
export interface Progress {
  /** 0 until the journey's first line ran. */
  startedAt: number;
  /** The step it was in, '' between steps. */
  step: string;
  steps: ProbeStep[];
}

export interface Finished {
  result: RunResult;
  fit: boolean;
  memoryMib: number;
}

/** A runner process and its browser: started together, killed together. */
export interface Pair {
  /** Rejects when the pair ends before the run does. One at a time. */
  run(task: RunTask, progress: Progress): Promise<Finished>;
  /** Both processes, at once, whatever they do. */
  kill(): void;
  /** As gently as they allow within 3 s. */
  close(): Promise<void>;
  /** Resolves when the runner's process is gone, the browser killed and the scratch folder removed. */
  ended: Promise<void>;
}

export interface PairOptions {
  order: StartOrder;
  environment: Environment;
  /** The pair's home and temporary folder; made, and removed with it. */
  scratch: string;
  /** What journeys and browser print. */
  said: (text: string) => void;
}

/** Starts a runner and waits for its browser. @throws Problem `browser_failed` with what the browser said */
export async function startPair({ order, environment, scratch, said }: PairOptions): Promise<Pair> {
  mkdirSync(join(scratch, '.config'), { recursive: true, mode: 0o700 });
  const child = fork(CHILD, [], {
    env: cleanEnvironment(environment, scratch),
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    // A group of its own: Ctrl-C in the terminal is the product's business, and the group can be killed as one.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', said);
  // Both are told of by `exit`.
  child.stdio[4]!.on('error', () => {});
  child.on('error', () => {});
  let browserPid = 0;
  const kill = () => {
    killGroup(browserPid);
    killGroup(child.pid ?? 0);
  };
  const ended = new Promise<void>((done) => {
    child.once('exit', () => {
      kill();
      // A browser that dies may still write; what stays is cleared with the runner's folder.
      rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).then(done, () => done());
    });
  });
  try {
    browserPid = await ready(child, order);
  } catch (thrown) {
    kill();
    throw thrown;
  }
  return {
    run: (task, progress) => follow(child, task, progress),
    kill,
    ended,
    close: async () => {
      tell(child, { type: 'close' });
      const timer = setTimeout(kill, CLOSE_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** @returns the browser's pid */
function ready(child: ChildProcess, order: StartOrder): Promise<number> {
  return listen<number>(
    child,
    START_LIMIT_MS,
    (message, done, fail) => {
      if (message.type === 'ready') done(message.browserPid);
      if (message.type === 'broken') fail(new Problem('browser_failed', message.message));
    },
    () => tell(child, order),
  );
}

function follow(child: ChildProcess, task: RunTask, progress: Progress): Promise<Finished> {
  return listen<Finished>(
    child,
    0,
    (message, done, fail) => {
      if (message.type === 'began') progress.startedAt = message.startedAt;
      else if (message.type === 'broken') fail(new Problem('browser_failed', message.message));
      else if (message.type === 'step-began') progress.step = message.name;
      else if (message.type === 'step') {
        progress.steps.push(message.step);
        progress.step = '';
      } else if (message.type === 'done') done(message);
    },
    () => tell(child, task),
  );
}

/** Hears a child out until a message settles it, or it ends, or `limitMs` (0: none) are over. */
function listen<T>(
  child: ChildProcess,
  limitMs: number,
  hear: (message: FromRunner, done: (value: T) => void, fail: (error: Error) => void) => void,
  begin: () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const settle = (act: () => void) => {
      child.off('message', heard).off('exit', ended).off('error', failed);
      clearTimeout(timer);
      act();
    };
    const failed = (error: Error) => settle(() => reject(error));
    const ended = () => failed(new Problem('runner_ended', 'the process that runs journeys ended'));
    const heard = (message: FromRunner) => hear(message, (value) => settle(() => resolve(value)), failed);
    const timer =
      limitMs === 0
        ? undefined
        : setTimeout(
            () =>
              failed(new Problem('browser_failed', `the browser did not start within ${limitMs / 1_000} s`)),
            limitMs,
          );
    if (child.exitCode !== null || child.signalCode !== null) return ended();
    child.on('message', heard).once('exit', ended).once('error', failed);
    begin();
  });
}

/** A channel that has just closed is told of by `exit`. */
function tell(child: ChildProcess, message: ToRunner): void {
  if (child.connected) child.send(message, () => {});
}
