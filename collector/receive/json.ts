/** OTLP/JSON → protobuf at the door, so that there is one way behind it. */
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { messageOf, Problem } from '../../base/errors.ts';
import { type Field, LAYOUT, REQUEST, type Signal } from '../../model/otlp.ts';
import { descriptor, jsonName } from '../wire/reencode.ts';
import { MAX_VALUE_DEPTH } from '../wire/walk.ts';

/** Three messages for each level of values, and those around an attribute; the walk's own bound comes after it. */
const MAX_DEPTH = MAX_VALUE_DEPTH * 3 + 16;
/** Messages in one body: `{},` is three bytes and an object of hundreds. SDKs write one in fifty bytes or more. */
const MAX_MESSAGES = 200_000;
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
    const text = utf8.decode(body);
    const request: unknown = JSON.parse(text, LONG_INTEGER.test(text) ? exactInteger : undefined);
    new Preparation().message(request, root, 0);
    const schema = descriptor(root);
    const options = { ignoreUnknownFields: true, recursionLimit: 2 * MAX_DEPTH };
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

/** Turns hex ids into the base64 the library wants, and bounds what it will be given. */
class Preparation {
  #messages = 0;

  message(value: unknown, type: string, depth: number): void {
    // What has the wrong type is for the library to name.
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    if (depth > MAX_DEPTH) throw new Error(`attribute values are nested more than ${MAX_VALUE_DEPTH} deep`);
    if (++this.#messages > MAX_MESSAGES)
      throw new Error(`it has more than ${MAX_MESSAGES} objects; send smaller batches, or protobuf`);
    const fields = fieldsOf(type);
    const object = value as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      const field = fields.get(key);
      if (field === undefined) continue;
      const content = object[key];
      if (field.type === 'bytes') object[key] = base64(content, field.name);
      else if (field.rule !== 'repeated') this.message(content, field.type, depth + 1);
      else if (Array.isArray(content))
        for (const element of content) this.message(element, field.type, depth + 1);
    }
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
