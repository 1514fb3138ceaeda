import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { sendFailure, writeRules } from '../../bench/harness/failing-service.ts';
import { percentile, rounded } from '../../bench/harness/percentile.ts';
import type { Product } from '../../bench/harness/product.ts';
import { startReceiver, type WebhookReceiver } from '../../bench/harness/receiver.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { type Scratch, withScratch } from '../../bench/harness/scratch.ts';
import { Random } from '../../bench/workload/random.ts';
import { crash } from '../engine-crash/crash.ts';
import { brokenIn, type Findings, settle } from '../harness/findings.ts';
import { Load } from '../harness/load.ts';
import { type Cycles, runCycles } from '../kill/cycles.ts';
import { brokenNotices, countIncidents, judge, type Told, untilAllTold } from '../receiver-outage/told.ts';

const MINUTES = 60;
const SPANS_PER_REQUEST = 512;
const RATE = 5_000;
const BEFORE_KILL_MS = { least: 500, most: 20_000 };
/** Of the cycles, in which the engine also hangs, or the receiver goes or comes back. */
const CHANCE = { hang: 0.15, receiver: 0.5 };
const FAILURE_EVERY_MS = 2_000;

/** What was done to it. */
interface Done {
  cycles: Cycles;
  hangs: number;
  outages: number;
}

/** Everything that goes wrong by itself, by chance, for as long as one likes. */
export const soak: Command = {
  summary: 'kills, engine crashes and hangs, and receiver outages by chance, for any length: nothing is lost',
  options: { minutes: { type: 'string' }, rate: { type: 'string' }, seed: { type: 'string' } },
  help: [
    `--minutes N  how long (default ${MINUTES})`,
    `--rate N     spans a second (default ${thousands(RATE)})`,
    '--seed N     other times and faults (default: from the clock, printed)',
  ],
  run: async (flags) => {
    const seed = countFlag(flags, 'seed', (Date.now() % 1_000_000) + 1);
    const minutes = countFlag(flags, 'minutes', MINUTES);
    progress(`${minutes} minutes, --seed ${seed}`);
    const load = new Load({ seed, rate: countFlag(flags, 'rate', RATE), spansPerRequest: SPANS_PER_REQUEST });
    return withScratch(async (scratch) => {
      const receiver = await startReceiver(scratch.atEnd);
      const done = await breakItFor(scratch, load, receiver, { minutes, seed });
      const { product } = done.cycles;
      await untilAllTold(product);
      const told = judge(receiver, await countIncidents(product));
      return report({ seed, minutes }, done, await settle(load, product), told);
    });
  },
};

async function breakItFor(
  scratch: Scratch,
  load: Load,
  receiver: WebhookReceiver,
  { minutes, seed }: { minutes: number; seed: number },
): Promise<Done> {
  const until = performance.now() + minutes * 60_000;
  // Chance of its own: what the kills draw stays the same whatever is drawn here.
  const random = new Random(seed + 1);
  const counts = { hangs: 0, outages: 0 };
  let isAway = false;
  let product: Product | undefined;
  const failures = failNowAndThen(() => product);
  const cycles = await runCycles(scratch, load, {
    ...{ seed, before: BEFORE_KILL_MS },
    goOn: () => performance.now() < until,
    args: writeRules(join(scratch.folder, 'rules'), receiver.url),
    started: (now) => {
      product = now;
    },
    also: async (now) => {
      if (random.chance(CHANCE.receiver)) {
        await (isAway ? receiver.up() : receiver.down());
        isAway = !isAway;
        if (isAway) counts.outages += 1;
        progress(isAway ? 'the receiver is away' : 'the receiver is back');
      }
      if (random.chance(CHANCE.hang)) {
        counts.hangs += 1;
        await crash(scratch, now, 'SIGSTOP');
      }
    },
  });
  await failures.stop();
  if (isAway) await receiver.up();
  return { cycles, ...counts };
}

/** Services that fail, each once, while there is a product to tell. */
function failNowAndThen(product: () => Product | undefined): { stop: () => Promise<void> } {
  let goesOn = true;
  const running = (async () => {
    for (let i = 0; goesOn; i++) {
      const now = product();
      // While it is killed it does not answer, and what it does not answer is no promise.
      if (now !== undefined) await sendFailure(now.otlpUrl, `service-${i}`).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, FAILURE_EVERY_MS));
    }
  })();
  return {
    stop: () => {
      goesOn = false;
      return running;
    },
  };
}

function report(
  { seed, minutes }: { seed: number; minutes: number },
  { cycles, hangs, outages }: Done,
  found: Findings,
  told: Told,
): Report {
  const ready = percentile(
    cycles.ready.map(({ ms }) => ms),
    0.95,
  );
  const broken = [...brokenIn(found), ...brokenNotices(told)];
  if (cycles.failedStarts.length > 0)
    broken.push(`the product did not start after a kill ${cycles.failedStarts.length} times`);
  return {
    title: `${minutes} minutes of faults, seed ${seed}`,
    rows: [
      ['kills', `${cycles.ready.length}, ready again p95 ${Math.round(ready)} ms`],
      ['engine hangs', String(hangs)],
      ['receiver outages', String(outages)],
      ['acknowledged', `${thousands(found.acked)} spans`],
      ['lost', thousands(found.lost)],
      ['duplicated', thousands(found.duplicated)],
      [
        'notifications',
        `${thousands(told.notifications)}, ${told.lost} lost, ${told.reordered} out of order`,
      ],
    ],
    result: {
      minutes,
      seed,
      ...{ kills: cycles.ready.length, hangs, outages, acked: found.acked },
      ...{ lost: found.lost, duplicated: found.duplicated, ready_p95_ms: rounded(ready) },
      ...{ notifications: told.notifications, notifications_lost: told.lost, reordered: told.reordered },
    },
    broken,
  };
}
