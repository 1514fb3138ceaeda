import { Agent, request } from 'node:http';

/** Posts bodies over kept-alive connections and tells the status; 0 when no answer came. */
export interface HttpLink {
  post(
    path: string,
    body: Buffer | Iterable<Buffer>,
    headers: Readonly<Record<string, string>>,
  ): Promise<number>;
  close(): void;
}

const ANSWER_WITHIN_MS = 60_000;

/** @param otlpUrl e.g. `http://127.0.0.1:4318` */
export function openHttp(otlpUrl: string, connections: number): HttpLink {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const post: HttpLink['post'] = (path, body, headers) =>
    new Promise((resolve) => {
      const call = request(new URL(path, otlpUrl), {
        agent,
        method: 'POST',
        timeout: ANSWER_WITHIN_MS,
        headers,
      });
      call.once('response', (response) => {
        const status = response.statusCode ?? 0;
        response.resume().once('end', () => resolve(status));
        // What counts is the status: a refusal may cut the rest.
        response.once('close', () => resolve(status)).once('error', () => resolve(status));
      });
      call.once('error', () => resolve(0));
      call.once('timeout', () => call.destroy());
      if (Buffer.isBuffer(body)) call.end(body);
      else {
        for (const chunk of body) call.write(chunk);
        call.end();
      }
    });
  return { post, close: () => agent.destroy() };
}
