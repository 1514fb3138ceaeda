/** Requests seen through the protobuf library: the tests' second opinion on what `admit` does. */
import { type DescField, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { descriptor } from '../../collector/wire/reencode.ts';
import { REQUEST as REQUESTS, type Signal } from '../../model/otlp.ts';

export const REQUEST = descriptor('ExportTraceServiceRequest');

export interface AnyValue {
  kind: { case?: string; value?: unknown };
}
export interface KeyValue {
  key: string;
  value?: AnyValue;
}
interface Attributes {
  attributes: KeyValue[];
}
export interface Span extends Attributes {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array;
  startTimeUnixNano: bigint;
  events: Attributes[];
  links: Attributes[];
}
export interface Request {
  resourceSpans: { resource?: Attributes; scopeSpans: { scope?: Attributes; spans: Span[] }[] }[];
}

export const decode = (body: Uint8Array): Request =>
  fromBinary(REQUEST, body, { readUnknownFields: false, recursionLimit: 200 }) as unknown as Request;
export const encode = (request: Request): Buffer => Buffer.from(toBinary(REQUEST, request as never));

/** A request of any signal, as the library's objects. */
export const decodeAs = <T>(signal: Signal, body: Uint8Array): T =>
  fromBinary(descriptor(REQUESTS[signal]), body, { readUnknownFields: false, recursionLimit: 200 }) as T;
export const encodeAs = (signal: Signal, request: unknown): Buffer =>
  Buffer.from(toBinary(descriptor(REQUESTS[signal]), request as never));

const WIRE: Record<string, number> = { 9: 2, 12: 2, 1: 1, 6: 1, 7: 5, 16: 1 };

/**
 * The library's reader under strict conditions, message by message: each on its own slice, so nothing can reach past
 * its parent; wire types as declared; no groups; varints up to ten bytes and 64 bits, of lengths up to five.
 * Decides as `admit` should, without sharing a line with it.
 */
export function isStrictlyValid(bytes: Uint8Array, type: DescMessage = REQUEST, values = 0): boolean {
  if (type.name === 'AnyValue' && ++values > 32) return false;
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      const known = type.fields.find((f) => f.number === number);
      const isPacked = known !== undefined && isNumbers(known) && wire === WireType.LengthDelimited;
      if (known !== undefined && wire !== wireOf(known) && !isPacked) return false;
      if (!isStrictContent(bytes, reader, wire, known, values)) return false;
    }
    return reader.pos === reader.len;
  } catch {
    return false;
  }
}

function wireOf(known: DescField): number {
  const isMessage =
    known.fieldKind === 'message' || (known.fieldKind === 'list' && known.listKind === 'message');
  return isMessage ? WireType.LengthDelimited : (WIRE[known.scalar ?? 0] ?? WireType.Varint);
}

/** Repeated numbers: packed or one by one. */
const isNumbers = (known: DescField): boolean =>
  known.fieldKind === 'list' && known.listKind === 'scalar' && wireOf(known) !== WireType.LengthDelimited;

function isStrictContent(
  bytes: Uint8Array,
  reader: BinaryReader,
  wire: number,
  known: DescField | undefined,
  values: number,
): boolean {
  const from = reader.pos;
  if (wire === WireType.Varint) {
    reader.skip(WireType.Varint);
    return reader.pos - from < 10 || (reader.pos - from === 10 && bytes[reader.pos - 1]! <= 1);
  }
  if (wire !== WireType.LengthDelimited) {
    if (wire !== WireType.Bit32 && wire !== WireType.Bit64) return false;
    reader.skip(wire);
    return true;
  }
  const length = reader.uint64();
  if (reader.pos - from > 5 || reader.pos + Number(length) > reader.len) return false;
  const content = bytes.subarray(reader.pos, reader.pos + Number(length));
  reader.pos += Number(length);
  if (known?.message) return isStrictlyValid(content, known.message, values);
  if (known !== undefined && isNumbers(known)) return areStrictNumbers(content, wireOf(known));
  if (known?.scalar === 9) new TextDecoder('utf-8', { fatal: true }).decode(content);
  return true;
}

function areStrictNumbers(bytes: Uint8Array, wire: number): boolean {
  if (wire !== WireType.Varint) return bytes.length % (wire === WireType.Bit64 ? 8 : 4) === 0;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len)
    if (!isStrictContent(bytes, reader, WireType.Varint, undefined, 0)) return false;
  return reader.pos === reader.len;
}

/** pdata's AsString of a decoded value, by JSON.stringify where that is the same. */
export function asString({ kind }: AnyValue): string {
  if (kind.case === undefined) return '';
  if (kind.case === 'bytesValue') return Buffer.from(kind.value as Uint8Array).toString('base64');
  if (kind.case === 'stringValue') return kind.value as string;
  if (kind.case === 'doubleValue' && !Number.isFinite(kind.value)) {
    return `json: unsupported value: ${String(kind.value).replace('Infinity', 'Inf').replace(/^I/, '+I')}`;
  }
  try {
    return json({ kind });
  } catch {
    return '';
  }
}

function json({ kind }: AnyValue): string {
  const { value } = kind;
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('no JSON');
    return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  }
  if (value instanceof Uint8Array)
    return value.length ? `"${Buffer.from(value).toString('base64')}"` : 'null';
  if (value === undefined) return 'null';
  const values = (value as { values: unknown[] }).values;
  if (kind.case === 'arrayValue') return `[${values.map((v) => json(v as AnyValue)).join()}]`;
  const members = new Map((values as KeyValue[]).map((m) => [m.key, m.value ?? { kind: {} }]));
  const keys = [...members.keys()].sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
  // All members are made before the first is used: an unsupported value anywhere is an error, as in Go.
  return `{${keys.map((key) => `${jsonString(key)}:${json(members.get(key)!)}`).join()}}`;
}

const jsonString = (text: string) =>
  JSON.stringify(text)
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');

/** What admit is to make of a decoded value: text, unless the engine can read it as it is. */
export function normalised(value: AnyValue): AnyValue {
  const { kind } = value;
  const needsText =
    kind.case === 'arrayValue' ||
    kind.case === 'kvlistValue' ||
    kind.case === 'bytesValue' ||
    (kind.case === 'doubleValue' && !(Math.abs(kind.value as number) < 1e21));
  return needsText ? { ...value, kind: { case: 'stringValue', value: asString(value) } } : value;
}

/** Puts every attribute and log body of a decoded message into the form `admit` is to give it. */
export function normaliseAll(message: unknown): void {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return;
  for (const [key, value] of Object.entries(message as Record<string, unknown>)) {
    const isValue = (value as { $typeName?: string } | undefined)?.$typeName === 'otlp.AnyValue';
    if (isValue) (message as Record<string, unknown>)[key] = normalised(value as AnyValue);
    else normaliseAll(value);
  }
}
