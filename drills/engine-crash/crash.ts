import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { percentile, rounded } from '../../bench/harness/percentile.ts';
import { isAlive } from '../../bench/harness/processes.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { type Scratch, withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { brokenIn, type Findings, settle } from '../harness/findings.ts';
import { Load } from '../harness/load.ts';

/** What ends or hangs the engine: a crash inside it, a process that stands still, the kernel's out-of-memory killer. */
const SIGNALS = ['SIGSEGV', 'SIGSTOP', 'SIGKILL'] as const;
type EngineSignal = (typeof SIGNALS)[number];

const CYCLES = { full: 9, quick: 2 };
/** The two that take different ways: one hangs until the heartbeat notices, the other ends at once. */
const QUICK: readonly EngineSignal[] = ['SIGSTOP', 'SIGKILL'];
const BETWEEN_MS = { full: 2_000, quick: 700 };
const RATE = 20_000;
const SPANS_PER_REQUEST = 512;
const GOAL_BACK_MS = 15_000;
const BACK_WITHIN_MS = 120_000;

interface Crash {
  signal: EngineSignal;
  /** From the signal until another process answers in its place. */
  backMs: number;
}

/** `drill -- engine-crash` of goals.md: the engine's process crashes, hangs, is killed, and no sender notices. */
export const engineCrash: Command = {
  summary: "SEGV, STOP and KILL to the engine's process under load: no request is refused, nothing is lost",
  options: { cycles: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--cycles N   signals, SEGV, STOP and KILL in turn (default ${CYCLES.full})`,
    '--seed N     another workload (default 1)',
    `--quick      one STOP and one KILL, under 20 s`,
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const signals = flags.quick ? QUICK : SIGNALS;
    const cycles = countFlag(flags, 'cycles', CYCLES[size]);
    const load = new Load({
      seed: countFlag(flags, 'seed', 1),
      rate: RATE,
      spansPerRequest: SPANS_PER_REQUEST,
    });
    return withScratch(async (scratch) => {
      const product = await startProduct({ dataDir: join(scratch.folder, 'data'), atEnd: scratch.atEnd });
      load.start(product.otlpUrl);
      const crashes: Crash[] = [];
      for (let cycle = 0; cycle < cycles; cycle++) {
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS[size]));
        crashes.push(await crash(scratch, product, signals[cycle % signals.length]!));
      }
      await load.stop();
      return report(load, crashes, await settle(load, product));
    });
  },
};

/** Sends the engine a signal and waits until another one answers in its place. */
export async function crash(scratch: Scratch, product: Product, signal: EngineSignal): Promise<Crash> {
  const pid = product.enginePid();
  if (pid === undefined) throw new Error(`The product has no engine process. It wrote:\n${product.output()}`);
  // One that stands still would not notice that its parent is gone when the drill is interrupted.
  scratch.atEnd(() => void (isEngineStill(product, pid) && process.kill(pid, 'SIGKILL')));
  const engine = product.engine();
  const began = performance.now();
  process.kill(pid, signal);
  await waitUntil(`the engine answers after ${signal}`, BACK_WITHIN_MS, async () => {
    const now = product.enginePid();
    return now !== undefined && now !== pid && (await engine.ping(1_000));
  });
  const backMs = performance.now() - began;
  await engine.close();
  progress(`${signal}: back in ${Math.round(backMs)} ms`);
  return { signal, backMs };
}

const isEngineStill = (product: Product, pid: number): boolean => isAlive(pid) && product.enginePid() === pid;

function report(load: Load, crashes: readonly Crash[], found: Findings): Report {
  const times = crashes.map(({ backMs }) => backMs);
  const refused = [...load.refused.values()].reduce((sum, count) => sum + count, load.unanswered);
  const back = percentile(times, 0.95);
  const bySignal = SIGNALS.map((signal) => {
    const own = crashes.filter((one) => one.signal === signal).map(({ backMs }) => backMs);
    return own.length === 0 ? `${signal} not sent` : `${signal} ${Math.round(Math.max(...own))} ms`;
  });
  return {
    title: `${crashes.length} engine crashes at ${thousands(RATE)} spans a second`,
    rows: [
      ['acknowledged', `${thousands(found.acked)} spans`],
      ['refused requests', `${load.refusals}, ${load.unanswered} without an answer`],
      ['lost', thousands(found.lost)],
      ['duplicated', thousands(found.duplicated)],
      ['longest away', bySignal.join(', ')],
      ['back again', `p95 ${Math.round(back)} ms (goal ${thousands(GOAL_BACK_MS)})`],
    ],
    result: { cycles: crashes.length, refused, lost: found.lost, back_p95_ms: rounded(back) },
    broken: [...brokenIn(found), ...(refused > 0 ? [`${refused} requests were not taken`] : [])],
  };
}
