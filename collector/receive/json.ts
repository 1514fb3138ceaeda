/** OTLP/JSON → protobuf at the door, so that there is one way behind it. */
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { messageOf, Problem } from '../../base/errors.ts';
import { type Field, LAYOUT, REQUEST, type Signal } from '../../model/otlp.ts';
import { descriptor, jsonName } from '../wire/reencode.ts';
import { MAX_VALUE_DEPTH } from '../wire/walk.ts';

/** An object, an object and an array for each level of values, and what is around an attribute. */
const MAX_DEPTH = MAX_VALUE_DEPTH * 3 + 160;
/** `{},` is three bytes and becomes an object of hundreds. 4 MiB of spans as SDKs write them have about 110,000. */
const MAX_CONTAINERS = 250_000;
/** Integers that a JavaScript number may not hold exactly. Found in a text as well, which only costs time. */
const LONG_INTEGER = /[:[,]\s*-?\d{16}/;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * By the proto3 JSON mapping with OTLP's deviations (opentelemetry-proto `docs/specification.md`, JSON Protobuf
 * Encoding): trace and span ids are hex in any case, unknown keys are ignored, enums are integers. Keys in snake_case
 * are taken as well, as by the Collector's receiver. Of a key that comes twice the last one counts.
 * @throws Problem `bad_request`
 */
export function jsonToProtobuf(body: Uint8Array, signal: Signal): Uint8Array {
  const root = REQUEST[signal]!;
  try {
    boundObjects(body);
    const text = utf8.decode(body);
    const request: unknown = JSON.parse(text, LONG_INTEGER.test(text) ? exactInteger : undefined);
    prepare(request, root);
    const schema = descriptor(root);
    const options = { ignoreUnknownFields: true, recursionLimit: MAX_DEPTH };
    return toBinary(schema, fromJson(schema, request as JsonValue, options));
  } catch (thrown) {
    const reason = messageOf(thrown).replaceAll('otlp.', '').slice(0, 300);
    throw new Problem('bad_request', `The body is not a valid OTLP/JSON request: ${reason}`, {
      cause: thrown,
    });
  }
}

/** 64-bit integers keep their digits: as text they mean the same in proto3 JSON. */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? source : value;
}

/** Objects and arrays are counted in the bytes: once the text is parsed, their memory has been taken. */
function boundObjects(body: Uint8Array): void {
  let containers = 0;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (++containers > MAX_CONTAINERS)
        throw new Error(
          `it has more than ${MAX_CONTAINERS} objects and arrays; send smaller batches, or protobuf`,
        );
      if (++depth > MAX_DEPTH)
        throw new Error(`attribute values are nested more than ${MAX_VALUE_DEPTH} deep`);
    } else if (byte === OPEN_OBJECT + 2 || byte === OPEN_ARRAY + 2) depth--;
  }
}

const [QUOTE, BACKSLASH, OPEN_OBJECT, OPEN_ARRAY] = [0x22, 0x5c, 0x7b, 0x5b];

/** Turns hex ids into the base64 the library wants. Its recursion is bounded by `boundObjects`. */
function prepare(value: unknown, type: string): void {
  // What has the wrong type is for the library to name.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const fields = fieldsOf(type);
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    const field = fields.get(key);
    if (field === undefined) continue;
    const content = object[key];
    if (field.type === 'bytes') object[key] = base64(content, field.name);
    else if (field.rule !== 'repeated') prepare(content, field.type);
    else if (Array.isArray(content)) for (const element of content) prepare(element, field.type);
  }
}

/** Ids are the only bytes with names that end so; `bytes_value` stays base64. */
const isId = ({ name, type }: Field): boolean => type === 'bytes' && name.endsWith('_id');

function base64(id: unknown, name: string): unknown {
  if (typeof id !== 'string') return id;
  if (id.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(id))
    throw new Error(`${name} "${id.slice(0, 40)}" is not hex; OTLP/JSON writes ids as hex, not as base64`);
  return Buffer.from(id, 'hex').toString('base64');
}

const known = new Map<string, ReadonlyMap<string, Field>>();

/** Fields of a message that hold ids or messages, by both spellings of their keys. */
function fieldsOf(type: string): ReadonlyMap<string, Field> {
  let fields = known.get(type);
  if (fields === undefined) {
    const wanted = LAYOUT[type]!.filter((field) => isId(field) || field.type in LAYOUT);
    fields = new Map(
      wanted.flatMap((field) => [[field.name, field] as const, [jsonName(field.name), field]]),
    );
    known.set(type, fields);
  }
  return fields;
}
