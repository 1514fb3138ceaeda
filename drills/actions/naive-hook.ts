import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from '../../bench/workload/random.ts';

/** A hook that does not know of idempotency: whatever it receives it carries out. Only the product can keep it from doing so twice. */
export interface NaiveHook {
  url: string;
  /** How often each id was carried out. */
  carriedOut: ReadonlyMap<string, { times: number; target: string }>;
}

/** Its answers are late, or never come although it did what it was asked for. */
const SLOWEST_MS = 700;
const LOST = 0.15;
/** Of every target. */
const AT_FIRST = 2;

/** Starts it on loopback. */
export async function startNaiveHook(random: Random, atEnd: (undo: () => void) => void): Promise<NaiveHook> {
  const carriedOut = new Map<string, { times: number; target: string }>();
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = (status: number, content: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(content));
    const observed = (target: string | null | undefined) => counts.get(target ?? '') ?? AT_FIRST;
    const asked = /\/operations\/(.+)$/.exec(request.url ?? '')?.[1];
    if (asked !== undefined)
      return answer(carriedOut.has(decodeURIComponent(asked)) ? 200 : 404, {
        status: 'succeeded',
        observed: observed(carriedOut.get(decodeURIComponent(asked))?.target),
      });
    const { searchParams } = new URL(request.url!, 'http://localhost');
    if (request.method === 'GET') return answer(200, { observed: observed(searchParams.get('target')) });
    const { target, desired } = (JSON.parse(body) as { data: { target: string; desired: number } }).data;
    counts.set(target, desired);
    const id = String(request.headers['idempotency-key']);
    const known = carriedOut.get(id);
    carriedOut.set(id, { times: (known?.times ?? 0) + 1, target });
    const isLost = random.next() < LOST;
    setTimeout(
      () => (isLost ? response.destroy() : answer(200, { status: 'succeeded', observed: desired })),
      random.next() * SLOWEST_MS,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scale`, carriedOut };
}
