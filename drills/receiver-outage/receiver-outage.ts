import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { sendFailure, writeRules } from '../../bench/harness/failing-service.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { startReceiver, type WebhookReceiver } from '../../bench/harness/receiver.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { type Scratch, withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import type { IncidentsView } from '../../model/incident.ts';

const SECONDS = { full: 3_600, quick: 12 };
/** Failing services a second. */
const RATE = 1;
/** Longer than the longest pause between two attempts, and a tick for the last end. */
const CAUGHT_UP_WITHIN_MS = 180_000;

/** `drill -- receiver-outage` of goals.md: what a receiver missed arrives afterwards, in order, none lost. */
export const receiverOutage: Command = {
  summary: 'a webhook’s receiver is away, and the product is killed meanwhile: every notification, in order',
  options: { seconds: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--seconds N   how long it is away (default ${thousands(SECONDS.full)})`,
    `--quick       ${SECONDS.quick} seconds, about 40 s in all`,
  ],
  run: async (flags) => {
    const seconds = countFlag(flags, 'seconds', SECONDS[flags.quick ? 'quick' : 'full']);
    return withScratch(async (scratch) => {
      const receiver = await startReceiver(scratch.atEnd);
      const product = await breakIt(scratch, receiver, seconds);
      await waitUntil('every incident is resolved', CAUGHT_UP_WITHIN_MS, async () => {
        const { incidents } = await ask<IncidentsView>(product, '/incidents?status=open&limit=1');
        return incidents.length === 0;
      });
      progress('waiting until nothing waits for the receiver');
      await waitUntil('nothing waits for the receiver', CAUGHT_UP_WITHIN_MS, async () => {
        const { receivers } = await ask<{ receivers: { waiting: number }[] }>(product, '/receivers');
        return receivers.every(({ waiting }) => waiting === 0);
      });
      const incidents = await countIncidents(product);
      const cleanExit = (await product.stop()) === 0;
      return report(seconds, judge(receiver, incidents), cleanExit);
    });
  },
};

/** The receiver goes, services fail, the product is killed half way; then the receiver comes back. */
async function breakIt(scratch: Scratch, receiver: WebhookReceiver, seconds: number): Promise<Product> {
  const args = writeRules(join(scratch.folder, 'rules'), receiver.url);
  const options = { dataDir: join(scratch.folder, 'data'), args, atEnd: scratch.atEnd };
  let product = await startProduct(options);
  progress(`the receiver is away for ${seconds} s`);
  await receiver.down();
  let failed = 0;
  const failFor = async (part: number) => {
    const until = performance.now() + part * 1_000;
    while (performance.now() < until) {
      await sendFailure(product.otlpUrl, `service-${failed++}`);
      await pause(1_000 / RATE);
    }
  };
  await failFor(seconds / 2);
  progress('the product is killed and started again');
  product.kill();
  await product.ended;
  product = await startProduct(options);
  await failFor(seconds / 2);
  progress('the receiver is back');
  await receiver.up();
  return product;
}

async function ask<T>({ dashboardUrl }: Product, path: string): Promise<T> {
  return (await (await fetch(`${dashboardUrl}/api${path}`)).json()) as T;
}

async function countIncidents(product: Product): Promise<number> {
  const { incidents } = await ask<IncidentsView>(product, '/incidents?limit=1');
  return incidents[0]?.number ?? 0;
}

interface Verdict {
  /** Every incident is to be told when it opens and when it ends. */
  notifications: number;
  delivered: number;
  reordered: number;
  lost: number;
  /** Beyond the first, under an id that came before. */
  repeated: number;
}

function judge({ calls }: WebhookReceiver, incidents: number): Verdict {
  const seen = new Set<string>();
  const types = new Map<number, string[]>();
  let repeated = 0;
  for (const { id, events } of calls) {
    if (seen.has(id)) {
      repeated += 1;
      continue;
    }
    seen.add(id);
    for (const { type, data } of events) types.set(data.number, [...(types.get(data.number) ?? []), type]);
  }
  const has = (number: number, type: string) => types.get(number)?.includes(type) === true;
  const expected = Array.from({ length: incidents }, (_, i) => i + 1).flatMap((number) =>
    ['incident.triggered', 'incident.resolved'].map((type) => ({ number, type })),
  );
  const lost = expected.filter(({ number, type }) => !has(number, type)).length;
  const reordered = [...types.values()].filter(
    (order) => order.indexOf('incident.resolved') < order.indexOf('incident.triggered'),
  ).length;
  return { notifications: expected.length, delivered: expected.length - lost, reordered, lost, repeated };
}

function report(seconds: number, found: Verdict, cleanExit: boolean): Report {
  const broken: string[] = [];
  if (found.notifications === 0) broken.push('no incident was opened, so nothing was tested');
  if (found.lost > 0) broken.push(`${found.lost} notifications were lost`);
  if (found.reordered > 0) broken.push(`${found.reordered} incidents were told out of order`);
  if (!cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  const { repeated, ...result } = found;
  return {
    title: `A receiver away for ${thousands(seconds)} s, the product killed meanwhile`,
    rows: [
      ['notifications', thousands(found.notifications)],
      ['delivered', `${thousands(found.delivered)}, ${repeated} of them twice under the same id`],
      ['reordered', thousands(found.reordered)],
      ['lost', thousands(found.lost)],
    ],
    result,
    broken,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
