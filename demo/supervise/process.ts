import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../base/errors.ts';
import type { Behaviour, FromService, Peers, ToService } from '../shop/messages.ts';

/** Takes a second; on a machine that is busy with other things, many. */
const READY_WITHIN_MS = 60_000;
/** A little more than a service takes to finish what it has begun (`shop/main.ts`). */
const STOP_WITHIN_MS = 10_000;
/**
 * Ten processes on one machine: a young generation of 1 MB instead of 16 saves about 8 MB in each, and the heap's bound
 * keeps a real leak of objects from becoming the machine's.
 */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=128'];

export interface ProcessSpec {
  /** As people call it: `payment`, `checkout-2`. */
  name: string;
  /** From the folder `demo`. */
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Told when its telemetry does not get through, as often as that happens. */
  complain: (message: string) => void;
}

/** One process of the shop that runs. */
export interface ShopProcess {
  name: string;
  pid: number;
  /** '' when it serves nothing. */
  url: string;
  /** A checkout worker's; zeros for others. */
  orders: { running: number; waiting: number; done: number };
  tell(peers: Peers): void;
  /** Resolves when the behaviour is in force, or the process gone. */
  behave(behaviour: Behaviour): Promise<void>;
  /** SIGTERM: it finishes what it has begun. Resolves when it is gone. */
  stop(): Promise<void>;
  /** What ended it, e.g. `exit code 1`. */
  ended: Promise<string>;
}

/** Starts a process and waits until it says that it is ready. @throws Problem `not_ready` */
export async function startProcess({ name, file, args, env, complain }: ProcessSpec): Promise<ShopProcess> {
  const child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), [...args], {
    execArgv: NODE_FLAGS,
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A group of its own: Ctrl-C reaches the demo alone, which says when to end.
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const orders = { running: 0, waiting: 0, done: 0 };
  const acknowledged = new Map<number, () => void>();
  const ready = new Promise<string>((resolve) => {
    child.on('message', (message: FromService) => {
      if (message.type === 'ready') resolve(message.url);
      else if (message.type === 'orders') Object.assign(orders, message);
      else if (message.type === 'complaint') complain(message.message);
      else acknowledged.get(message.id)?.();
    });
  });
  const url = await orGone(name, child, ready, ended);
  let asked = 0;
  return {
    name,
    pid: child.pid!,
    url,
    orders,
    ended,
    tell: (peers) => post(child, { type: 'peers', peers }),
    behave: (behaviour) => {
      const id = ++asked;
      const answered = new Promise<void>((resolve) => acknowledged.set(id, resolve));
      post(child, { type: 'behave', id, behaviour });
      return Promise.race([answered, ended.then(() => {})]).finally(() => acknowledged.delete(id));
    },
    stop: () => stop(child, ended),
  };
}

function post(child: ChildProcess, message: ToService): void {
  // It may have ended a moment ago; whoever waits for its end is told.
  if (child.connected) child.send(message, () => {});
}

async function orGone(
  name: string,
  child: ChildProcess,
  ready: Promise<string>,
  ended: Promise<string>,
): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((_, reject) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Problem('not_ready', `${name} was not ready within ${READY_WITHIN_MS / 1_000} s.`));
    }, READY_WITHIN_MS);
  });
  const gone = ended.then((how) =>
    Promise.reject(new Problem('not_ready', `${name} ended before it was ready (${how}).`)),
  );
  try {
    return await Promise.race([ready, gone, late]);
  } finally {
    clearTimeout(timer);
    gone.catch(() => {});
  }
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
