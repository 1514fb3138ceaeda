import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { traceRequests } from '../../bench/workload/traces.ts';
import { countSpans, judge, storedBatches } from '../harness/verify.ts';
import { type GrpcLink, message, openGrpc } from '../wire/grpc.ts';
import { type HttpLink, openHttp } from '../wire/http.ts';
import { MemoryWatch } from '../wire/memory.ts';
import { type Fuzzed, fuzzedBodies } from './bodies.ts';

const BODIES = { full: 1_000_000, quick: 20_000 };
const AT_ONCE = 32;
/** After so many bodies a good request goes between them, into the same segments. */
const NEIGHBOUR_EVERY = 20;
const NEIGHBOUR_SPANS = 32;
const DRAINED_WITHIN_MS = 120_000;

/** `drill -- fuzz` of goals.md: every body gets the right status, and what travels beside it is stored. */
export const fuzz: Command = {
  summary:
    'broken bodies by the thousand: the right status by an independent reader, and no neighbour harmed',
  options: { bodies: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--bodies N   bodies (default ${thousands(BODIES.full)})`,
    '--seed S     other bodies (default: from the clock, printed)',
    `--quick      ${thousands(BODIES.quick)} bodies, under 20 s`,
  ],
  run: async (flags) => {
    const seed = countFlag(flags, 'seed', (Date.now() % 1_000_000) + 1);
    const bodies = countFlag(flags, 'bodies', BODIES[flags.quick ? 'quick' : 'full']);
    progress(`${thousands(bodies)} bodies, --seed ${seed}`);
    return withScratch(async (scratch) => {
      const product = await startProduct({ dataDir: join(scratch.folder, 'data') });
      scratch.atEnd(product.kill);
      const memory = new MemoryWatch(product.pid);
      const sent = await send(product, bodies, seed);
      progress('waiting until the journal is drained');
      const found = await verify(product, sent);
      memory.stop();
      return report(bodies, seed, sent, found, memory.peak);
    });
  },
};

interface Sent {
  /** Neighbours: how many were sent, and the numbers of those acknowledged. */
  neighbours: number;
  acked: Set<number>;
  taken: number;
  refused: number;
  /** The first of each kind, for people. */
  wrong: string[];
  wrongCount: number;
}

async function send(product: Product, bodies: number, seed: number): Promise<Sent> {
  const http = openHttp(product.otlpUrl, AT_ONCE);
  const grpc = openGrpc(product.otlpGrpcUrl);
  const source = fuzzedBodies(seed, Date.now() - 60_000);
  const good = traceRequests({ seed, spansPerRequest: NEIGHBOUR_SPANS, startAt: Date.now() - 60_000 });
  const sent: Sent = { neighbours: 0, acked: new Set(), taken: 0, refused: 0, wrong: [], wrongCount: 0 };
  let number = 0;
  const lane = async () => {
    while (number < bodies) {
      if (number++ % NEIGHBOUR_EVERY === 0) await sendNeighbour(http, good.next().value, sent);
      await sendFuzzed(http, grpc, source.next().value, number, sent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  http.close();
  grpc.close();
  return sent;
}

const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };

async function sendNeighbour(http: HttpLink, { batch, body }: { batch: number; body: Buffer }, sent: Sent) {
  sent.neighbours += 1;
  const status = await http.post('/v1/traces', body, PROTOBUF);
  if (status === 200) sent.acked.add(batch);
  else wrong(sent, `neighbour ${batch}: ${status}`);
}

async function sendFuzzed(http: HttpLink, grpc: GrpcLink, fuzzed: Fuzzed, number: number, sent: Sent) {
  const { transport, path, headers, body, expected } = fuzzed;
  const [good, bad] = transport === 'http' ? [200, 400] : [0, 3];
  const status =
    transport === 'http' ? await http.post(path, body, headers) : await grpc.call(message(body), headers);
  if (status === good) sent.taken += 1;
  else sent.refused += 1;
  const right = expected === 'either' ? [good, bad] : [expected === 'taken' ? good : bad];
  if (!right.includes(status))
    wrong(
      sent,
      `body ${number} (${transport}): ${status}, not ${right.join(' or ')}: ${body.toString('hex')}`,
    );
}

function wrong(sent: Sent, sentence: string): void {
  sent.wrongCount += 1;
  if (sent.wrong.length < 5) sent.wrong.push(sentence.slice(0, 2_000));
}

interface Found {
  neighboursLost: number;
  duplicated: number;
  /** Spans the door took in, and those in the store. */
  accepted: number;
  stored: number;
  setAside: number;
  crashed: boolean;
}

async function verify(product: Product, sent: Sent): Promise<Found> {
  await waitUntil('the journal is drained', DRAINED_WITHIN_MS, async () => {
    const { journal, store } = await product.status();
    return journal.bytes === 0 && store.state === 'ok';
  });
  const { journal, ingest } = await product.status();
  const engine = product.engine();
  const stored = await storedBatches(engine, sent.neighbours);
  const verdict = judge(sent.acked, stored, NEIGHBOUR_SPANS);
  const { spans } = await countSpans(engine);
  await engine.close();
  const crashed = (await product.stop()) !== 0;
  return {
    neighboursLost: verdict.lost,
    duplicated: verdict.duplicated,
    accepted: ingest.acceptedItems,
    stored: spans,
    setAside: journal.setAside,
    crashed,
  };
}

function report(bodies: number, seed: number, sent: Sent, found: Found, peak: number): Report {
  const broken = [...sent.wrong];
  if (sent.wrongCount > 0) broken.push(`${sent.wrongCount} answers were wrong`);
  if (found.neighboursLost > 0) broken.push(`${found.neighboursLost} spans of neighbours are not stored`);
  if (found.duplicated > 0) broken.push(`${found.duplicated} spans of neighbours are stored twice`);
  if (found.stored !== found.accepted)
    broken.push(`${found.accepted} spans were taken in and ${found.stored} are stored`);
  if (found.setAside > 0) broken.push(`${found.setAside} segments were set aside`);
  if (found.crashed) broken.push('the product did not stop cleanly');
  if (sent.taken === 0 || sent.refused === 0)
    broken.push('only one kind of answer came, so little was tested');
  return {
    title: `${thousands(bodies)} broken bodies, seed ${seed}`,
    rows: [
      ['taken', thousands(sent.taken)],
      ['refused', thousands(sent.refused)],
      ['wrong answers', thousands(sent.wrongCount)],
      ['neighbours', `${thousands(sent.acked.size)} requests, ${thousands(found.neighboursLost)} spans lost`],
      ['stored', `${thousands(found.stored)} of ${thousands(found.accepted)} spans taken in`],
      ['memory', `peak ${Math.round(peak)} MiB, all processes`],
    ],
    result: {
      bodies,
      crashes: found.crashed ? 1 : 0,
      wrong_status: sent.wrongCount,
      neighbours_lost: found.neighboursLost,
      peak_rss_mb: Math.round(peak),
    },
    broken,
  };
}
