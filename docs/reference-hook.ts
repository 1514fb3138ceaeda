/**
 * A hook in one file (docs/hooks.md). Put your own scaling into `scaleTo`, and keep `operations` on a disk if a restart
 * of the hook must not forget them.   HOOK_SECRET=whsec_… node docs/reference-hook.ts 9000
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

type Request = Record<'operation_id' | 'mode' | 'target' | 'not_after', string> &
  Record<'desired' | 'expected_current', number>;

interface Operation {
  operation_id: string;
  status: 'accepted' | 'succeeded' | 'noop' | 'failed';
  observed?: number;
  message?: string;
}

/** What is scaled. */
export interface Target {
  count(): Promise<number>;
  scaleTo(count: number): Promise<void>;
  min: number;
  max: number;
}

const MOST_BYTES = 64 * 1024;

/** @param targets by name @param secret `whsec_` and base64; '' takes unsigned requests */
export function createHook(targets: Readonly<Record<string, Target>>, secret: string): Server {
  const operations = new Map<string, Operation>();

  const scale = async (data: Request): Promise<[number, object]> => {
    const { operation_id: id, mode, target: name, desired, expected_current, not_after } = data;
    const known = operations.get(id);
    if (known) return [known.status === 'accepted' ? 202 : 200, known];
    const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
    if (!target) return [422, { message: `There is no target ${name}` }];
    if (Date.parse(not_after) < Date.now()) return [422, { message: 'It is too late to begin' }];
    if (!Number.isInteger(desired) || desired < target.min || desired > target.max)
      return [422, { message: `From ${target.min} to ${target.max} are possible` }];
    const observed = await target.count();
    // While it counted the same request may have come again.
    if (operations.has(id)) return [202, operations.get(id)!];
    if (mode === 'dry_run' || observed === desired)
      return [200, { operation_id: id, status: 'noop', observed }];
    if (observed !== expected_current) return [409, { observed }];
    const operation: Operation = { operation_id: id, status: 'accepted' };
    operations.set(id, operation);
    target.scaleTo(desired).then(
      async () => Object.assign(operation, { status: 'succeeded', observed: await target.count() }),
      (thrown: Error) => Object.assign(operation, { status: 'failed', message: thrown.message }),
    );
    return [202, { ...operation, poll_after_s: 1 }];
  };

  return createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://hook');
    let body = '';
    for await (const chunk of request) if (body.length < MOST_BYTES) body += chunk;
    try {
      if (request.method === 'POST') {
        if (!isGenuine(request.headers, body, secret))
          return answer(401, { message: 'The signature is wrong' });
        return answer(...(await scale(JSON.parse(body).data)));
      }
      const id = /\/operations\/([^/]+)$/.exec(pathname)?.[1];
      const found = id === undefined ? undefined : operations.get(decodeURIComponent(id));
      if (id !== undefined) return found ? answer(200, found) : answer(404, { message: 'Never received' });
      const target = targets[searchParams.get('target') ?? ''];
      if (!target) return answer(404, { message: 'There is no such target' });
      answer(200, { observed: await target.count(), min: target.min, max: target.max });
    } catch (thrown) {
      answer(500, { message: (thrown as Error).message });
    }
  });
}

/** Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body`, not older than five minutes. */
function isGenuine(headers: IncomingHttpHeaders, body: string, secret: string): boolean {
  if (secret === '') return true;
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': given } = headers;
  if (!(Math.abs(Date.now() / 1_000 - Number(time)) < 300)) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  const isIt = (one: string) =>
    one.length === mac.length + 3 && timingSafeEqual(Buffer.from(one), Buffer.from(`v1,${mac}`));
  return String(given).split(' ').some(isIt);
}

if (import.meta.main) {
  let count = 2;
  const scaleTo = async (wanted: number) => {
    count = wanted;
  };
  const checkout = { count: async () => count, scaleTo, min: 1, max: 8 };
  createHook({ checkout }, process.env.HOOK_SECRET ?? '').listen(Number(process.argv[2] ?? 9_000));
}
