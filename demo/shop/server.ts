/** A few routes on loopback: what the shop's services answer with. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { getRPCMetadata } from '@opentelemetry/core';
import { log } from './log.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** A request as a handler sees it. */
export interface Asked {
  /** Named parts of the path. */
  params: Record<string, string>;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  body: string;
  headers?: http.OutgoingHttpHeaders;
}

/** `path` is written as OpenTelemetry's `http.route`: `/orders/:id`. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  handle(asked: Asked): Promise<Answer> | Answer;
}

/** An answer that a program reads. */
export const json = (status: number, value: unknown): Answer => ({
  status,
  body: JSON.stringify(value),
  headers: { 'Content-Type': 'application/json' },
});

/** Serves on loopback. @param port 0 takes a free one. @returns the server and its address */
export async function serve(
  routes: readonly Route[],
  port: number,
): Promise<{ server: http.Server; url: string }> {
  const table = routes.map((route) => ({ route, pattern: new URLPattern({ pathname: route.path }) }));
  const server = http.createServer((request, response) => void answer(table, request, response));
  // Longer than a client keeps an idle connection, so that it is never the server who closes first.
  server.keepAliveTimeout = 70_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

type Table = readonly { route: Route; pattern: URLPattern }[];

async function answer(table: Table, request: http.IncomingMessage, response: http.ServerResponse) {
  const { status, body, headers } = await answerOf(table, request);
  const span = trace.getActiveSpan()?.spanContext();
  response.writeHead(status, {
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    // W3C Trace Context, level 2: whoever looks from outside finds the trace.
    ...(span ? { traceresponse: `00-${span.traceId}-${span.spanId}-01` } : {}),
  });
  response.end(body);
}

async function answerOf(table: Table, request: http.IncomingMessage): Promise<Answer> {
  const url = URL.parse(request.url ?? '/', 'http://shop');
  if (!url) return json(400, { error: 'This is not a path.' });
  for (const { route, pattern } of table) {
    const match = route.method === request.method && pattern.exec({ pathname: url.pathname });
    if (!match) continue;
    const metadata = getRPCMetadata(context.active());
    if (metadata) metadata.route = route.path;
    try {
      const body = await read(request);
      const params = match.pathname.groups as Record<string, string>;
      return await route.handle({ params, headers: request.headers, body });
    } catch (thrown) {
      return failed(thrown as Error);
    }
  }
  return json(404, { error: 'There is nothing at this address.' });
}

function failed(error: Error): Answer {
  const span = trace.getActiveSpan();
  span?.recordException(error);
  span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  log.error(error.message, { 'exception.type': error.name, 'exception.message': error.message });
  return json(500, { error: error.message });
}

async function read(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
