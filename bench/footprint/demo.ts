import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Command, countFlag } from '../harness/command.ts';
import { rounded } from '../harness/percentile.ts';
import { progress, type Report } from '../harness/report.ts';
import { type Scratch, withScratch } from '../harness/scratch.ts';
import { waitUntil } from '../harness/settle.ts';
import { type Footprint, pause, watch } from './watch.ts';

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
const SECONDS = { full: 120, quick: 10 };
/** The engine's caches fill, and the first visitors find empty connections. */
const SETTLE_MS = { full: 60_000, quick: 3_000 };
const READY_WITHIN_MS = 120_000;
const FREE_PORTS = ['http', 'otlp-http', 'otlp-grpc', 'shop', 'control'].flatMap((name) => [
  `--${name}-port`,
  '0',
]);

/** What `npm run demo` takes from a machine: product, shop and visitors together. */
export const demo: Command = {
  summary: 'the demo: time to be ready, memory and CPU of all its processes at normal load',
  options: { seconds: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--seconds N   how long it is watched (default ${SECONDS.full}), after a minute to settle`,
    `--quick       ${SECONDS.quick} seconds, under 40 s in all`,
  ],
  run: (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const seconds = countFlag(flags, 'seconds', SECONDS[size]);
    return withScratch(async (scratch) => {
      const { child, readyS } = await start(scratch);
      progress(`ready; watching for ${seconds} s`);
      await pause(SETTLE_MS[size]);
      const taken = await watch(child.pid!, seconds);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      return report(readyS, seconds, taken, code === 0);
    });
  },
};

/** Its children end with it, however it is ended. */
async function start({ folder, atEnd }: Scratch): Promise<{ child: ChildProcess; readyS: number }> {
  const child = spawn(process.execPath, [MAIN, '--no-story', '--data-dir', folder, ...FREE_PORTS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const ready = () => /^Demo ready in ([\d.]+) s$/m.exec(text)?.[1];
  await waitUntil('the demo is ready', READY_WITHIN_MS, async () => {
    if (child.exitCode !== null) throw new Error(`The demo ended. It wrote:\n${text}`);
    return ready() !== undefined;
  });
  return { child, readyS: Number(ready()) };
}

function report(readyS: number, seconds: number, taken: Footprint, cleanExit: boolean): Report {
  return {
    title: `Demo at normal load for ${seconds} s, ${taken.processes} processes`,
    rows: [
      ['ready', `${readyS} s, first start (goal 10)`],
      ['memory', `${Math.round(taken.pssMb)} MiB PSS (goal 1,144, that is 1.2 GB)`],
      ['CPU', `${Math.round(taken.cpuPercent)} % of one core (goal 100)`],
    ],
    result: {
      demo_ready_s: readyS,
      demo_pss_mb: rounded(taken.pssMb),
      demo_cpu_pct: rounded(taken.cpuPercent),
    },
    broken: cleanExit ? [] : ['the demo did not stop cleanly on SIGTERM'],
  };
}
