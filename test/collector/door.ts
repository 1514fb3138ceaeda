/** Tools of the receiver's tests: a door on a real port with a real journal behind it, and clients of several manners. */
import { type Agent, type IncomingHttpHeaders, type RequestOptions, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { openJournalFiles } from '../../collector/journal/files.ts';
import { Journal } from '../../collector/journal/journal.ts';
import { createOtlpHttp } from '../../collector/receive/http.ts';
import { createIntake, type IntakeOptions } from '../../collector/receive/intake.ts';
import { Senders } from '../../collector/receive/senders.ts';
import { countItems } from '../../collector/wire/count.ts';
import { makeFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';

/** Above the 2 MiB up to which bodies are unpacked on the spot. */
export const MAX_BODY = 4 * 2 ** 20;
export const MAX_IN_FLIGHT = 2 * MAX_BODY;
export const NOW = Date.now();

export interface Door {
  port: number;
  server: Server;
  senders: Senders;
  journal: Journal;
  firstSpansFrom: string[];
  close: () => Promise<void>;
}

export async function openDoor(
  options: { token?: string; journal?: IntakeOptions['journal'] } = {},
): Promise<Door> {
  const { path, remove } = makeFolder();
  const log = recordingLog();
  const journal = await Journal.open({
    files: await openJournalFiles(join(path, 'journal')),
    signals: ['traces'],
    segmentMemory: 2 ** 22,
    budgetBytes: 2 ** 28,
    countItems,
    engineMemoryFor: (request) => request.length,
    now: () => NOW,
    log,
  });
  const firstSpansFrom: string[] = [];
  const senders = new Senders({ now: () => NOW, firstSpansFrom: (name) => void firstSpansFrom.push(name) });
  const server = createOtlpHttp({
    intake: createIntake({ journal: options.journal ?? journal, now: () => NOW, retentionMs: 86_400_000 }),
    senders,
    limits: { maxBytes: MAX_BODY, maxBytesInFlight: MAX_IN_FLIGHT },
    log,
    ...(options.token === undefined ? {} : { token: options.token }),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await journal.close();
    remove();
  };
  return { port: (server.address() as AddressInfo).port, server, senders, journal, firstSpansFrom, close };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Post {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  agent?: Agent;
  /** Sent without a length. */
  chunked?: boolean;
}

/** Posts as an exporter does; headers can be changed, `''` takes one away. */
export function post(port: number, body: Uint8Array, how: Post = {}): Promise<Answer> {
  const given = { 'Content-Type': 'application/x-protobuf', ...how.headers };
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const options: RequestOptions = {
    port,
    host: '127.0.0.1',
    path: how.path ?? '/v1/traces',
    method: how.method ?? 'POST',
    headers: {
      ...headers,
      ...(how.chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': body.length }),
    },
    agent: how.agent ?? false,
  };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    call.once('error', reject);
    call.end(body);
  });
}

/** A client that sends this much of a body of `declared` bytes and then nothing. */
export async function stuckClient(port: number, declared: number, sent: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${declared}\r\n\r\n`,
  );
  await new Promise<void>((resolve) => socket.write(Buffer.alloc(sent), () => resolve()));
  return socket;
}

/** google.rpc.Status: 1 code, 2 message. */
export function rpcStatus({ body }: Answer): { code: number; message: string } {
  const status = { code: 0, message: '' };
  for (const reader = new BinaryReader(body); reader.pos < reader.len; ) {
    const [field] = reader.tag();
    if (field === 1) status.code = reader.int32();
    else if (field === 2) status.message = reader.string();
    else throw new Error(`google.rpc.Status has no field ${field}`);
  }
  return status;
}

/** ExportTraceServiceResponse.partial_success: 1 rejected_spans, 2 error_message. */
export function partialSuccess({ body }: Answer): { rejected: number; message: string } | null {
  if (body.length === 0) return null;
  const outer = new BinaryReader(body);
  if (outer.tag()[0] !== 1) throw new Error('not partial_success');
  const reader = new BinaryReader(outer.bytes());
  const partial = { rejected: 0, message: '' };
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) partial.rejected = Number(reader.int64());
    else partial.message = reader.string();
  }
  return partial;
}
