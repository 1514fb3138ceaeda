/** One of the overload drill's sender processes: `node sender.ts <OTLP URL> <folder of bodies>`, and a message to stop. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, createSender, type Prepared } from '../../bench/harness/sender.ts';
import { type Sent, TIMES } from './sent.ts';

const [otlpUrl, folder] = process.argv.slice(2) as [string, string];
const CONNECTIONS = 32;
/** What is offered before anything was taken, in requests. */
const AHEAD = 200;
const PAUSE_MS = 5;
/** However little is taken, each connection offers something in this time: an overload must not wait to be invited. */
const LONGEST_PAUSE_MS = 250;

const sent: Sent = { offered: 0, accepted: {}, refused: 0, wrong: {}, unanswered: 0, withoutRetryAfter: 0 };
const bodies: Prepared[] = readdirSync(folder).map((name) => ({
  batch: Number(name),
  items: 0,
  gzip: readFileSync(join(folder, name)),
}));
const sender = createSender(otlpUrl, 'traces', CONNECTIONS);
let taken = 0;
let stopping = false;
process.on('disconnect', () => process.exit());

function count({ batch, status, retryAfter }: Answer): void {
  if (status === 200) {
    taken += 1;
    sent.accepted[batch] = (sent.accepted[batch] ?? 0) + 1;
  } else if (status === 503) {
    sent.refused += 1;
    if (retryAfter === undefined) sent.withoutRetryAfter += 1;
  } else if (status === 0) sent.unanswered += 1;
  else sent.wrong[status] = (sent.wrong[status] ?? 0) + 1;
}

/** Sends without heed of Retry-After, so that five are offered for each that is taken. */
async function lane(): Promise<void> {
  while (!stopping) {
    const since = performance.now();
    while (sent.offered > AHEAD + TIMES * taken && performance.now() - since < LONGEST_PAUSE_MS)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    count(await sender.send(bodies[sent.offered++ % bodies.length]!));
  }
}

const lanes = Promise.all(Array.from({ length: CONNECTIONS }, lane));
process.once('message', async () => {
  stopping = true;
  await lanes;
  sender.close();
  process.send!(sent, () => process.disconnect());
});
