/** The OTLP layout compiled to flat integer tables, so that the walk needs two array reads for each field it meets. */
import { LAYOUT, type Layout, REQUEST, reachable, type Signal } from '../../model/otlp.ts';
import { ITEM_RULES, type ItemRule } from './items.ts';

/** What the walk does with a field beyond checking its wire type; bits 3..6 of a dispatch entry. */
export const Kind = {
  /** Nothing more. */
  plain: 0,
  /** Must be UTF-8. */
  string: 1,
  /** Descend. */
  message: 2,
  /** Remember where it is, for the item's check; the slot is in bits 8 and up. A varint is checked as a uint32. */
  captured: 3,
  /** `AnyValue.double_value`: becomes text when the engine would print it otherwise. */
  double: 4,
  /** `AnyValue.bytes_value`: becomes text. */
  bytesValue: 5,
  /** Repeated numbers, written packed (one length-delimited field) or one by one; both are legal. */
  packed: 6,
  /** Numbers the engine reads into a narrow column: out of range it refuses what protobuf would truncate. */
  bool: 7,
  int32: 8,
  uint32: 9,
  /** Repeated 8-byte numbers, packed or not, whose elements are counted for the item's check; the slot as above. */
  counted: 10,
} as const;

/** What the walk does when a message ends. */
export const Close = { nothing: 0, value: 1, container: 2, item: 3 } as const;

/** Dispatch entry of a field the layout does not know: skipped, its structure is checked. */
export const UNKNOWN = -1;
/** Wire type no field has: at field number 0, so that it fails the same comparison as a wrong wire type. */
const NEVER = 7;

export const Wire = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

export interface Tables {
  /** Number of the root message; the rows below are addressed by message number. */
  root: number;
  anyValue: number;
  keyValue: number;
  /** [message × 32 + field]: wire type | kind << 3 | (child message, slot or element wire type) << 8, or UNKNOWN. */
  dispatch: Int32Array;
  /** [message × 32 + field]: the bit that must not be set twice in one message; members of a oneof share one. */
  once: Int32Array;
  /** [message]: one of `Close`. */
  close: Int32Array;
  /** [message]: the rule of an item, else undefined. */
  rules: readonly (ItemRule | undefined)[];
  messages: readonly string[];
  /** "Span.name", or "in Span" for a field the layout does not know: for error sentences. */
  describe(message: number, field: number): string;
}

const compiled = new Map<Signal, Tables>();

/** Tables of a signal. Compiled once. */
export function tablesOf(signal: Signal): Tables {
  let tables = compiled.get(signal);
  if (tables === undefined) {
    const root = REQUEST[signal];
    tables = compile(reachable(LAYOUT, root), root, ITEM_RULES);
    compiled.set(signal, tables);
  }
  return tables;
}

/** Compiles a layout; `rules` names the messages that are items (spans, log records, data points). */
export function compile(layout: Layout, root: string, rules: Readonly<Record<string, ItemRule>>): Tables {
  const messages = Object.keys(layout);
  const number = (name: string) => messages.indexOf(name);
  const dispatch = new Int32Array(messages.length * 32).fill(UNKNOWN);
  const once = new Int32Array(messages.length * 32);
  const close = new Int32Array(messages.length);
  messages.forEach((message, at) => {
    dispatch[at * 32] = NEVER;
    close[at] = closing(message, rules);
    for (const field of layout[message]!) {
      if (field.number < 1 || field.number > 31)
        throw new Error(`${message}.${field.name}: number beyond 31`);
      const place = at * 32 + field.number;
      dispatch[place] = entry(message, field.type, field.rule === 'repeated', number(field.type));
      const slot = rules[message]?.captures.indexOf(field.name) ?? -1;
      const kind = field.rule === 'repeated' ? Kind.counted : Kind.captured;
      if (slot >= 0) dispatch[place] = (dispatch[place]! & 7) | (kind << 3) | (slot << 8);
      if (field.rule === 'oneof') once[place] = 1;
      else if (field.rule !== 'repeated') once[place] = 1 << field.number;
    }
  });
  const describe = (message: number, field: number) => {
    const known = layout[messages[message]!]!.find((f) => f.number === field);
    return known ? `${messages[message]}.${known.name}` : `in ${messages[message]}`;
  };
  return {
    root: number(root),
    anyValue: number('AnyValue'),
    keyValue: number('KeyValue'),
    dispatch,
    once,
    close,
    rules: messages.map((m) => rules[m]),
    messages,
    describe,
  };
}

function closing(message: string, rules: Readonly<Record<string, ItemRule>>): number {
  if (message === 'AnyValue') return Close.value;
  if (message === 'ArrayValue' || message === 'KeyValueList') return Close.container;
  return message in rules ? Close.item : Close.nothing;
}

function entry(message: string, type: string, repeated: boolean, child: number): number {
  if (child >= 0) return Wire.length | (Kind.message << 3) | (child << 8);
  if (type === 'string') return Wire.length | (Kind.string << 3);
  if (type === 'bytes') return Wire.length | ((message === 'AnyValue' ? Kind.bytesValue : Kind.plain) << 3);
  const wire = numberWire(type);
  if (repeated) return Wire.length | (Kind.packed << 3) | (wire << 8);
  return wire | (numberKind(message, type) << 3);
}

function numberKind(message: string, type: string): number {
  if (type === 'bool' || type === 'int32' || type === 'uint32') return Kind[type];
  // Zigzag: the same 32 bits on the wire.
  if (type === 'sint32') return Kind.uint32;
  return type === 'double' && message === 'AnyValue' ? Kind.double : Kind.plain;
}

function numberWire(type: string): number {
  if (type === 'fixed64' || type === 'sfixed64' || type === 'double') return Wire.fixed64;
  return type === 'fixed32' ? Wire.fixed32 : Wire.varint;
}
