import { Agent, request } from 'node:http';
import type { Signal } from '../../model/otlp.ts';

/** A request ready for the wire: the sender must cost nothing while it is measured. */
export interface Prepared {
  /** Number of the request, see `workload/ids.ts`. */
  batch: number;
  items: number;
  /** Gzip of the protobuf. */
  gzip: Buffer;
}

export interface Answer {
  batch: number;
  items: number;
  /** HTTP status; 0 when no answer came: refused, cut off, timed out. */
  status: number;
  /** The header `Retry-After`, which belongs to every refusal for now. */
  retryAfter: string | undefined;
  /** From when it was due (paced) or sent (unpaced) until the answer was read. */
  ms: number;
}

/** Posts OTLP over kept-alive connections. */
export interface Sender {
  send(prepared: Prepared, dueAt?: number): Promise<Answer>;
  /** Cuts what is open. */
  close(): void;
}

const ANSWER_WITHIN_MS = 30_000;
const RETRY_PAUSE_MS = 200;

/** @param otlpUrl where the product listens, e.g. `http://127.0.0.1:4318` */
export function createSender(otlpUrl: string, signal: Signal = 'traces', connections = 64): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const url = new URL(`/v1/${signal}`, otlpUrl);
  return {
    send: async ({ batch, items, gzip }, dueAt = performance.now()) => {
      const answer = await post(agent, url, gzip);
      return { batch, items, ...answer, ms: performance.now() - dueAt };
    },
    close: () => agent.destroy(),
  };
}

const NO_ANSWER = { status: 0, retryAfter: undefined };

function post(agent: Agent, url: URL, body: Buffer): Promise<Pick<Answer, 'status' | 'retryAfter'>> {
  return new Promise((resolve) => {
    const call = request(url, {
      agent,
      method: 'POST',
      timeout: ANSWER_WITHIN_MS,
      headers: {
        'Content-Type': 'application/x-protobuf',
        'Content-Encoding': 'gzip',
        'Content-Length': body.length,
      },
    });
    call.once('response', (response) => {
      response.resume();
      // An answer that is cut off is no answer.
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }),
      );
      response.once('close', () => resolve(NO_ANSWER));
      response.once('error', () => resolve(NO_ANSWER));
    });
    call.once('error', () => resolve(NO_ANSWER));
    call.once('timeout', () => call.destroy());
    call.end(body);
  });
}

/** What a client does on 429, 502, 503 and 504. */
export const isRefused = (status: number): boolean => [429, 502, 503, 504].includes(status);

/**
 * Sends as fast as the product takes it, `inFlight` at a time; what is refused for now is sent again.
 * @returns the final answers; `ms` of one that was refused counts from its first attempt
 */
export async function sendAll(
  sender: Sender,
  requests: readonly Prepared[],
  inFlight: number,
): Promise<Answer[]> {
  const waiting = requests[Symbol.iterator]();
  const answers: Answer[] = [];
  const lane = async () => {
    for (const prepared of waiting) answers.push(await sendUntilTaken(sender, prepared));
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return answers;
}

async function sendUntilTaken(sender: Sender, prepared: Prepared, dueAt?: number): Promise<Answer> {
  const since = dueAt ?? performance.now();
  for (;;) {
    const answer = await sender.send(prepared, since);
    if (!isRefused(answer.status)) return answer;
    await pause(RETRY_PAUSE_MS);
  }
}

export interface Pace {
  /** Milliseconds between two requests. */
  everyMs: number;
  /** Ends the sending; what is under way is waited for. */
  until?: AbortSignal;
  /** Called with each answer as it comes. */
  answered: (answer: Answer) => void;
}

/**
 * Sends on a fixed grid whatever the answers do, as many independent senders would: latency counts from the moment a
 * request was due, so a stall is felt by every request behind it.
 */
export async function sendPaced(sender: Sender, requests: Iterable<Prepared>, pace: Pace): Promise<void> {
  const start = performance.now();
  const open = new Set<Promise<void>>();
  let number = 0;
  for (const prepared of requests) {
    const dueAt = start + number++ * pace.everyMs;
    const early = dueAt - performance.now();
    if (early > 0) await pause(early, pace.until);
    if (pace.until?.aborted) break;
    const sending = sender.send(prepared, dueAt).then(pace.answered);
    open.add(sending);
    void sending.finally(() => open.delete(sending));
    // One turn of the event loop, or a sender that is late would never read an answer.
    if (early <= 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(open);
}

function pause(ms: number, until?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      until?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    until?.addEventListener('abort', done);
  });
}
