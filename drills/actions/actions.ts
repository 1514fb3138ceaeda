import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { sendFailure } from '../../bench/harness/failing-service.ts';
import { percentile, rounded } from '../../bench/harness/percentile.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress, type Report } from '../../bench/harness/report.ts';
import { withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { Random } from '../../bench/workload/random.ts';
import {
  FINAL_STATUS,
  type Operation,
  type OperationStatus,
  type OperationsView,
} from '../../model/operation.ts';
import { type NaiveHook, startNaiveHook } from './naive-hook.ts';

const CYCLES = { full: 20, quick: 3 };
/** Rules that fire between two kills; each has a target of its own. */
const PER_CYCLE = 4;
/** By API and by file, each, these fire after the switch is on, and nothing may be sent. */
const AFTER_SWITCH = 2;
/** What was held by the budget of targets at once is looked at again after a minute. */
const SETTLED_WITHIN_MS = 150_000;
/** An operation that is planned may begin for so long. */
const BEGIN_WITHIN_MS = 300_000;
/** Of every four rules one is verified as cured, and one as without effect, and undone. */
const VERIFY: Readonly<Record<number, string>> = {
  1: ', verify: { after: 1s, within: 4s, if: { signal: failures, gte: 1 }, on_fail: [escalate] }',
  2: ', verify: { after: 1s, within: 4s, if: { signal: failures, gt: 1000000 }, on_fail: [rollback] }',
};
const ENDS: Readonly<Record<number, OperationStatus>> = { 1: 'verified', 2: 'rolled_back' };
const GOAL_DISPATCH_MS = 1_000;

/** `drill -- actions`: killed between hook and state, and while it verifies and undoes, the product has nothing done twice. */
export const actions: Command = {
  summary: 'rules scale by a hook that knows no idempotency, and the product is killed again and again',
  options: { cycles: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--cycles N    kills with SIGKILL (default ${CYCLES.full}), ${PER_CYCLE} operations each`,
    '--seed N      other times (default 1)',
    `--quick       ${CYCLES.quick} kills, about two minutes`,
  ],
  run: async (flags) => {
    const cycles = countFlag(flags, 'cycles', CYCLES[flags.quick ? 'quick' : 'full']);
    const random = new Random(countFlag(flags, 'seed', 1));
    return withScratch(async (scratch) => {
      const hook = await startNaiveHook(random, scratch.atEnd);
      const wanted = cycles * PER_CYCLE;
      const args = writeRules(join(scratch.folder, 'rules'), hook.url, wanted + 2 * AFTER_SWITCH);
      const options = { dataDir: join(scratch.folder, 'data'), args, atEnd: scratch.atEnd };
      let product = await startProduct(options);
      for (let cycle = 0; cycle < cycles; cycle++) {
        product = await killWhileActing(product, cycle, random, () => startProduct(options), hook);
        progress(`${cycle + 1} of ${cycles} kills, ${hook.carriedOut.size} operations carried out`);
      }
      await waitUntil('every operation has come to its end', SETTLED_WITHIN_MS, async () => {
        const all = await operations(product);
        return unfinished(all, wanted).length === 0 && all.every(({ status }) => FINAL_STATUS.has(status));
      }).catch(() => {});
      const before = await operations(product);
      const late = await throwSwitch(product, wanted, hook, options.dataDir);
      const cleanExit = (await product.stop()) === 0;
      return report({ wanted, cycles, before, hook, late, cleanExit });
    });
  },
};

function writeRules(folder: string, hookUrl: string, count: number): string[] {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++)
    writeFileSync(
      join(folder, `scale-${i}.yaml`),
      `name: scale-${i}
every: 5s
delay: 0s
signals:
  failures: { spans: count, where: { status: error, service.name: service-${i} }, window: 15m }
if: { signal: failures, gte: 1 }
then:
  - incident: {}
  - scale: { hook: naive, target: target-${i}, desired: { to: 3 }, bounds: { min: 1, max: 9 }, cooldown: 1h${VERIFY[i % PER_CYCLE] ?? ''} }
`,
    );
  writeFileSync(
    join(folder, 'hooks.yaml'),
    `hooks:\n  - { name: naive, url: "${hookUrl}", timeout: 1s, allow_private: [127.0.0.1] }\n`,
  );
  return ['--rules-folder', folder, '--default-rules', 'off'];
}

/**
 * Services fail, and the product is killed around the moment at which the hook is called; in every other cycle later, while
 * it verifies or undoes.
 */
async function killWhileActing(
  product: Product,
  cycle: number,
  random: Random,
  restart: () => Promise<Product>,
  hook: NaiveHook,
): Promise<Product> {
  const called = hook.carriedOut.size;
  for (let i = 0; i < PER_CYCLE; i++) await sendFailure(product.otlpUrl, `service-${cycle * PER_CYCLE + i}`);
  await waitUntil('the hook is called', 30_000, async () => hook.carriedOut.size > called, 5).catch(() => {});
  await pause(random.next() * (cycle % 2 === 0 ? 400 : 8_000));
  product.kill();
  await product.ended;
  return restart();
}

async function operations({ dashboardUrl }: Product): Promise<Operation[]> {
  const all: Operation[] = [];
  for (let before = ''; ; ) {
    const answer = await fetch(`${dashboardUrl}/api/operations?limit=200${before}`);
    const page = (await answer.json()) as OperationsView;
    all.push(...page.operations);
    if (page.next === null) return all;
    before = `&before=${encodeURIComponent(page.next)}`;
  }
}

/** Targets whose operation has not come to the end that its rule leads to. */
function unfinished(all: readonly Operation[], wanted: number): string[] {
  const own = all.filter(({ rollbackOf }) => rollbackOf === '');
  const ended = new Map(own.map((one) => [one.rule, one.status]));
  return Array.from({ length: wanted }, (_, i) => i)
    .filter((i) => ended.get(`scale-${i}`) !== (ENDS[i % PER_CYCLE] ?? 'succeeded'))
    .map((i) => `target-${i} (${ended.get(`scale-${i}`) ?? 'never proposed'})`);
}

/** By API, then by file. @returns requests that reached the hook while it was on */
async function throwSwitch(
  product: Product,
  from: number,
  hook: NaiveHook,
  dataDir: string,
): Promise<number> {
  const turn = (on: boolean) =>
    fetch(`${product.dashboardUrl}/api/kill-switch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ on, by: 'the drill' }),
    });
  progress('the kill switch is turned on, by API and then by its file');
  await turn(true);
  const before = hook.carriedOut.size;
  await fireHeld(product, from, 'turned the kill switch on');
  writeFileSync(join(dataDir, 'kill-switch'), 'a drill');
  await turn(false);
  await fireHeld(product, from + AFTER_SWITCH, 'by the file');
  return hook.carriedOut.size - before;
}

async function fireHeld(product: Product, from: number, reason: string): Promise<void> {
  for (let i = 0; i < AFTER_SWITCH; i++) await sendFailure(product.otlpUrl, `service-${from + i}`);
  await waitUntil('what fires is held by the switch', 60_000, async () => {
    const held = (await operations(product)).filter((one) => one.reason.includes(reason));
    return held.length >= AFTER_SWITCH;
  });
}

interface Found {
  wanted: number;
  cycles: number;
  before: readonly Operation[];
  hook: NaiveHook;
  late: number;
  cleanExit: boolean;
}

function report({ wanted, cycles, before, hook, late, cleanExit }: Found): Report {
  const twice = [...hook.carriedOut.values()].filter(({ times }) => times > 1).length;
  const lost = unfinished(before, wanted);
  const count = (status: OperationStatus) => before.filter((one) => one.status === status).length;
  // Since it was planned last: what a guard held back before is not the way's slowness.
  const dispatch = before.flatMap(({ dispatchedAt, notAfter, rollbackOf }) =>
    dispatchedAt === null || rollbackOf !== '' ? [] : [dispatchedAt - (notAfter - BEGIN_WITHIN_MS)],
  );
  const p95 = percentile(dispatch, 0.95);
  const broken: string[] = [];
  if (hook.carriedOut.size < wanted / 2) broken.push('too few operations were carried out to say anything');
  if (twice > 0) broken.push(`${twice} operations were carried out twice`);
  if (lost.length > 0) broken.push(`not at the end their rules lead to: ${lost.slice(0, 10).join(', ')}`);
  if (p95 > GOAL_DISPATCH_MS) broken.push(`from firing to dispatch ${Math.round(p95)} ms (p95)`);
  if (late > 0) broken.push(`${late} requests were sent after the kill switch was on`);
  if (!cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  return {
    title: `${cycles} kills while rules act`,
    rows: [
      ['carried out', String(hook.carriedOut.size)],
      ['carried out twice', String(twice)],
      ['lost', String(lost.length)],
      ['verified, undone', `${count('verified')}, ${count('rolled_back')}`],
      ['firing to dispatch', `${Math.round(percentile(dispatch, 0.5))} ms p50, ${Math.round(p95)} ms p95`],
      ['sent after the kill switch', String(late)],
    ],
    result: {
      operations: hook.carriedOut.size,
      carried_out_twice: twice,
      lost: lost.length,
      verified: count('verified'),
      undone: count('rolled_back'),
      firing_to_dispatch_p95_ms: rounded(p95),
      sent_after_kill_switch: late,
    },
    broken,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
