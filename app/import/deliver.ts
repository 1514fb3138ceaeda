import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { sleep } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Signal } from '../../model/otlp.ts';
import type { Batch } from './batch.ts';

/** What became of a batch, or of a part of it that was sent by itself. */
export interface Delivered {
  batch: Batch;
  accepted: number;
  /** Items the door did not take, and why. */
  refused: number;
  reason: string;
}

export interface DeliverOptions {
  /** Where OTLP/HTTP is spoken, e.g. `http://localhost:4318`. */
  endpoint: string;
  /** '' for none. */
  token: string;
  /** Called before a batch is sent again. */
  retried: () => void;
  /** How often a batch is sent again while the door is busy or away; default 30, about a minute and a half. */
  retries?: number;
  /** Longest pause between two attempts, milliseconds; default 5,000. */
  maxPauseMs?: number;
}

const ANSWER_WITHIN_MS = 60_000;
const RETRIES = 30;
const MAX_PAUSE_MS = 5_000;
/** OTLP/HTTP, "Retryable Response Codes". */
const PASSES = [429, 502, 503, 504];
/** No other batch would fare better. */
const HOPELESS = [401, 403, 404, 405, 415];

const pack = promisify(gzip);

/**
 * Sends a batch as OTLP/HTTP does: gzip protobuf; what passes (429, 502, 503, 504, no connection) is sent again, after
 * `Retry-After` where it is given. A batch that is refused as a whole is halved until only what is bad is left out.
 * @throws Problem when there is no use in going on
 */
export async function deliver(batch: Batch, options: DeliverOptions): Promise<Delivered[]> {
  const { signal } = batch[0]!;
  const body = await pack(Buffer.concat(batch.map((part) => part.body)), { level: 1 });
  const answer = await postUntilAnswered(body, signal, options);
  if (isHopeless(answer)) throw hopeless(answer, options.endpoint);
  const items = batch.reduce((sum, part) => sum + part.items, 0);
  if (answer.status === 200) {
    const { rejected, message } = readPartialSuccess(answer.bytes);
    return [{ batch, accepted: items - rejected, refused: rejected, reason: message }];
  }
  if (batch.length === 1) return [{ batch, accepted: 0, refused: items, reason: textOf(answer) }];
  const middle = Math.ceil(batch.length / 2);
  const halves = [batch.slice(0, middle), batch.slice(middle)];
  const results: Delivered[] = [];
  for (const half of halves) results.push(...(await deliver(half, options)));
  return results;
}

interface Answer {
  status: number;
  bytes: Uint8Array;
  /** The body is protobuf. */
  isOtlp: boolean;
  retryAfter: string | null;
}

async function postUntilAnswered(body: Buffer, signal: Signal, options: DeliverOptions): Promise<Answer> {
  const { retries = RETRIES, maxPauseMs = MAX_PAUSE_MS } = options;
  for (let attempt = 0; ; attempt++) {
    const answer = await post(body, signal, options).catch((thrown) => String(thrown.cause ?? thrown));
    if (typeof answer !== 'string' && !PASSES.includes(answer.status)) return answer;
    if (attempt >= retries) throw givenUp(answer, attempt + 1, options.endpoint);
    options.retried();
    const asked = typeof answer === 'string' ? 0 : Number(answer.retryAfter ?? 0) * 1_000;
    await sleep(Math.min(Math.max(asked || 0, 250 * 2 ** Math.min(attempt, 5)), maxPauseMs));
  }
}

async function post(body: Buffer, signal: Signal, { endpoint, token }: DeliverOptions): Promise<Answer> {
  const response = await fetch(`${endpoint.replace(/\/+$/, '')}/v1/${signal}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'gzip',
      'User-Agent': 'loopwatch-import',
      ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: new Uint8Array(body),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    bytes,
    isOtlp: response.headers.get('content-type') === 'application/x-protobuf',
    retryAfter: response.headers.get('retry-after'),
  };
}

/** Asks the endpoint for an answer to an empty request. @throws Problem when nobody speaks OTLP there or wants a token */
export async function checkEndpoint(options: DeliverOptions): Promise<void> {
  const empty = await pack(Buffer.alloc(0));
  let answer: Answer;
  try {
    answer = await post(empty, 'traces', options);
  } catch (thrown) {
    const reason = messageOf((thrown as Error).cause ?? thrown);
    throw new Problem(
      'nobody_there',
      `Nobody answers at ${options.endpoint} (${reason}). Start Loopwatch (npm start), or name its OTLP/HTTP address with --endpoint`,
    );
  }
  if (isHopeless(answer)) throw hopeless(answer, options.endpoint);
}

/** A web server may answer everything with 200. */
const isHopeless = ({ status, isOtlp }: Answer): boolean =>
  HOPELESS.includes(status) || (status === 200 && !isOtlp);

function hopeless(answer: Answer, endpoint: string): Problem {
  const { status } = answer;
  const reason = textOf(answer).slice(0, 200);
  if (status === 401 || status === 403)
    return new Problem(
      'unauthenticated',
      `${endpoint} wants an ingest token: give it with --token or LOOPWATCH_INGEST_TOKEN`,
    );
  return new Problem(
    'wrong_endpoint',
    `${endpoint} is not an OTLP/HTTP endpoint (${status}${reason === '' ? '' : `: ${reason}`}). It is the address that Loopwatch prints as OTLP/HTTP`,
  );
}

function givenUp(answer: Answer | string, attempts: number, endpoint: string): Problem {
  const last = typeof answer === 'string' ? answer : `${answer.status} ${textOf(answer)}`;
  return new Problem(
    'given_up',
    `${endpoint} did not take a batch in ${attempts} attempts (last: ${last.slice(0, 300)}). Look at its log, then import what is missing again`,
    { retryable: true },
  );
}

/** `Export…ServiceResponse {1: partial_success {1: rejected, 2: message}}`. */
function readPartialSuccess(bytes: Uint8Array): { rejected: number; message: string } {
  const partial = fieldsOf(bytes).get(1);
  const fields = partial instanceof Uint8Array ? fieldsOf(partial) : new Map<number, number | Uint8Array>();
  return { rejected: Number(fields.get(1) ?? 0), message: utf8(fields.get(2)) };
}

/** The message of a `google.rpc.Status {1: code, 2: message}`, or the text that something else answered with. */
function textOf({ bytes, isOtlp }: Answer): string {
  const text = isOtlp ? utf8(fieldsOf(bytes).get(2)) : utf8(bytes);
  return text.replace(/\p{C}+/gu, ' ').slice(0, 500);
}

/** The last value of each field of a message. @throws Error when it is none */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, number | Uint8Array>();
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (wire === WireType.Varint) fields.set(number, Number(reader.int64()));
    else if (wire === WireType.LengthDelimited) fields.set(number, reader.bytes());
    else reader.skip(wire, number);
  }
  return fields;
}

const utf8 = (value: number | Uint8Array | undefined): string =>
  value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
