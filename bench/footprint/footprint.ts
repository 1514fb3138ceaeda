import { join } from 'node:path';
import { type Command, countFlag } from '../harness/command.ts';
import { percentile, rounded } from '../harness/percentile.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { progress, type Report } from '../harness/report.ts';
import { withScratch } from '../harness/scratch.ts';
import { type Footprint, pause, watch } from './watch.ts';

const STARTS = { full: 5, quick: 2 };
const SECONDS = { full: 30, quick: 6 };
/** After the start the engine still writes its first parts and reads its own tables. */
const REST_MS = { full: 10_000, quick: 2_000 };

/** `bench -- footprint` of goals.md: what the product takes from a machine while nobody uses it. */
export const footprint: Command = {
  summary: 'time to start, and memory and CPU of all processes while nothing arrives and no page is open',
  options: {
    seconds: { type: 'string' },
    'no-self-telemetry': { type: 'boolean' },
    quick: { type: 'boolean' },
  },
  help: [
    `--seconds N           how long it is watched (default ${SECONDS.full})`,
    '--no-self-telemetry   without the product watching itself',
    `--quick               ${SECONDS.quick} seconds and ${STARTS.quick} starts, under 20 s`,
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const seconds = countFlag(flags, 'seconds', SECONDS[size]);
    return withScratch(async (scratch) => {
      const selfTelemetry = !flags['no-self-telemetry'];
      const start = (name: string): Promise<Product> =>
        startProduct({ dataDir: join(scratch.folder, name), selfTelemetry, atEnd: scratch.atEnd });
      const starts: number[] = [];
      for (let i = 1; i < STARTS[size]; i++) starts.push(await timeStart(() => start(`start-${i}`)));
      const product = await start('idle');
      starts.push(product.readyMs);
      progress(`watching for ${seconds} s`);
      await pause(REST_MS[size]);
      const idle = await watch(product.pid, seconds);
      return report(starts, seconds, idle, (await product.stop()) === 0);
    });
  },
};

/** In a folder of its own, as the first start of all: with the schema to lay. */
async function timeStart(start: () => Promise<Product>): Promise<number> {
  const product = await start();
  await product.stop();
  return product.readyMs;
}

function report(starts: readonly number[], seconds: number, idle: Footprint, cleanExit: boolean): Report {
  const ready = percentile(starts, 0.5);
  const range = `${Math.round(Math.min(...starts))}–${Math.round(Math.max(...starts))}`;
  return {
    title: `Footprint, idle for ${seconds} s, ${idle.processes} processes`,
    rows: [
      ['ready', `p50 ${Math.round(ready)} ms of ${starts.length} first starts, ${range} (goal 3,000)`],
      ['memory', `${Math.round(idle.pssMb)} MiB PSS (goal 500)`],
      ['CPU', `${idle.cpuPercent.toFixed(2)} % of one core (goal 2)`],
    ],
    result: {
      start_to_ready_ms: rounded(ready),
      idle_pss_mb: rounded(idle.pssMb),
      idle_cpu_pct: rounded(idle.cpuPercent, 2),
    },
    broken: cleanExit ? [] : ['the product did not stop cleanly on SIGTERM'],
  };
}
