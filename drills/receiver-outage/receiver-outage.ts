import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { sendFailure, writeRules } from '../../bench/harness/failing-service.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { startReceiver, type WebhookReceiver } from '../../bench/harness/receiver.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { type Scratch, withScratch } from '../../bench/harness/scratch.ts';
import { brokenNotices, countIncidents, judge, type Told, untilAllTold } from './told.ts';

const SECONDS = { full: 3_600, quick: 12 };
/** Failing services a second. */
const RATE = 1;

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
      await untilAllTold(product);
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

function report(seconds: number, found: Told, cleanExit: boolean): Report {
  const broken: string[] = [];
  broken.push(...brokenNotices(found));
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
