/** The product as a process, as a person starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '../helpers/eventually.ts';

const START = fileURLToPath(new URL('../../app/start.js', import.meta.url));
/** Ports of the system's choice. */
export const ANYWHERE = ['--http-port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0'];

export interface Run {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Exit code. */
  ended: Promise<number | null>;
}

/** Runs the product in `cwd` with these flags and nothing of this environment but the path. */
export function run(
  cwd: string,
  args: readonly string[],
  { node = [], env = {} }: { node?: readonly string[]; env?: Record<string, string> } = {},
): Run {
  const child = spawn(process.execPath, [...node, START, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, out: () => out, err: () => err, ended };
}

/** The address that the banner tells, once it is there. */
export const address = (product: Run, name: 'Dashboard' | 'OTLP/HTTP'): Promise<string> =>
  eventually(
    'the banner',
    () => {
      if (product.child.exitCode !== null) throw new Error(product.err());
      return new RegExp(`${name} +(\\S+)\\n[\\s\\S]*\\n\\n$`).exec(product.out())?.[1];
    },
    30_000,
  );

/** Where it takes telemetry in. */
export const ready = (product: Run): Promise<string> => address(product, 'OTLP/HTTP');
