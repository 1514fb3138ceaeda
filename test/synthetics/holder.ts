// A process that holds a runner whose journey blocks it, to be killed. Prints the pids of all it started.
import { processTree } from '../../bench/harness/processes.ts';
import { BAD_JOURNEYS, orderOf, startRunner } from './setting.ts';

const setting = await startRunner({ JOURNEY_SITE: process.argv[2] });
await setting.runner.warm();
const journey = await setting.load(`${BAD_JOURNEYS}/loops.journey.ts`);
void setting.runner.run(journey, { ...orderOf(journey), timeoutMs: 600_000 });
setInterval(() => {
  const pids = processTree(process.pid).map(({ pid }) => pid);
  process.stdout.write(`${JSON.stringify(pids.filter((pid) => pid !== process.pid))}\n`);
}, 100);
