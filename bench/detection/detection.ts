import { join } from 'node:path';
import { type Command, countFlag } from '../harness/command.ts';
import { sendFailure, writeRules } from '../harness/failing-service.ts';
import { percentile, rounded } from '../harness/percentile.ts';
import { startProduct } from '../harness/product.ts';
import { startReceiver, type WebhookReceiver } from '../harness/receiver.ts';
import { progress, type Report } from '../harness/report.ts';
import { withScratch } from '../harness/scratch.ts';
import { waitUntil } from '../harness/settle.ts';
import { Random } from '../workload/random.ts';

const EVENTS = { full: 40, quick: 8 };
/** Spread over the rule's grid of 5 s, so that no event knows where it falls. */
const BETWEEN_MS = { full: 2_300, quick: 900 };
const GOAL_P95_MS = 8_000;
const GIVE_UP_MS = 60_000;

/** `bench -- detection` of goals.md: from the end of a failed span to the first byte at a webhook's receiver. */
export const detection: Command = {
  summary: 'from the end of a failed span to the first byte at a webhook, rule every 5 s without delay',
  options: { events: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--events N    how many failures (default ${EVENTS.full})`,
    '--seed N      other times (default 1)',
    `--quick       ${EVENTS.quick} failures, about 20 s`,
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const events = countFlag(flags, 'events', EVENTS[size]);
    const random = new Random(countFlag(flags, 'seed', 1));
    return withScratch(async (scratch) => {
      const receiver = await startReceiver(scratch.atEnd);
      const args = writeRules(join(scratch.folder, 'rules'), receiver.url);
      const product = await startProduct({
        dataDir: join(scratch.folder, 'data'),
        args,
        atEnd: scratch.atEnd,
      });
      const ends = new Map<string, number>();
      progress(`${events} services fail, one after the other`);
      for (let i = 0; i < events; i++) {
        await pause(2 * BETWEEN_MS[size] * random.next());
        ends.set(`service-${i}`, await sendFailure(product.otlpUrl, `service-${i}`));
      }
      progress('waiting for the last of them');
      await waitUntil('every failure is told', GIVE_UP_MS, async () => toldAt(receiver).size >= events).catch(
        () => {},
      );
      const told = toldAt(receiver);
      const cleanExit = (await product.stop()) === 0;
      const times = [...ends].flatMap(([service, end]) => {
        const at = told.get(service);
        return at === undefined ? [] : [at - end];
      });
      return report(events, times, cleanExit);
    });
  },
};

/** When each service was told of first. */
function toldAt({ calls }: WebhookReceiver): Map<string, number> {
  const first = new Map<string, number>();
  for (const { at, events } of calls)
    for (const { type, data } of events) {
      const service = data.labels['service.name'] ?? '';
      if (type === 'incident.triggered' && !first.has(service)) first.set(service, at);
    }
  return first;
}

function report(events: number, times: readonly number[], cleanExit: boolean): Report {
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
  const broken: string[] = [];
  if (times.length < events) broken.push(`${events - times.length} of ${events} failures were never told`);
  if (!cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  return {
    title: `Detection: ${events} failures, from the span's end to the webhook's first byte`,
    rows: [
      ['p50', `${Math.round(p50)} ms`],
      ['p95', `${Math.round(p95)} ms (goal ${GOAL_P95_MS})`],
      ['slowest', `${Math.round(Math.max(...times))} ms`],
    ],
    result: { event_to_webhook_p50_ms: rounded(p50), p95_ms: rounded(p95) },
    broken,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
