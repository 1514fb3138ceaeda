import { type Field, LAYOUT, type Layout, REQUEST, reachable, type Signal } from '../../model/otlp.ts';

/**
 * What the engine is told of OTLP, derived from the one layout: a proto schema to parse segments with, and the column
 * of the `Null` landing table that the materialized views expand.
 */

/**
 * Fields the engine never reads: the wire walk turns values of these kinds into strings before they are journaled
 * (no SQL function decodes nested protobuf), and entity references have no column.
 */
const UNREAD = new Set(['array_value', 'kvlist_value', 'bytes_value', 'entity_refs']);

const COLUMN_TYPES: Record<string, string> = {
  string: 'String',
  bytes: 'String',
  bool: 'Bool',
  int32: 'Int32',
  int64: 'Int64',
  uint32: 'UInt32',
  uint64: 'UInt64',
  sint32: 'Int32',
  fixed32: 'UInt32',
  fixed64: 'UInt64',
  sfixed64: 'Int64',
  double: 'Float64',
};

/** The layout without what the engine never reads. */
const READ: Layout = Object.fromEntries(
  Object.entries(LAYOUT).map(([message, fields]) => [
    message,
    fields.filter(({ name }) => !UNREAD.has(name)),
  ]),
);

/**
 * Column list of the landing table, e.g. `resource_spans Array(Tuple(resource Tuple(…), …))`. A oneof gets a
 * `which UInt8` beside its members: the field number of the one that was set, 0 for none
 * (`input_format_protobuf_oneof_presence`), so that 0, false and '' are told apart from absence.
 */
export function landingColumns(signal: Signal): string {
  return columns(REQUEST[signal]);
}

/** Column type of one field, e.g. of `Gauge.data_points`. */
export function landingType(path: string): string {
  const [message, name] = path.split('.') as [string, string];
  return columnType(READ[message]!.find((field) => field.name === name)!);
}

function columns(message: string): string {
  const fields = READ[message]!;
  const which = fields.some((field) => field.rule === 'oneof') ? ['which UInt8'] : [];
  return [...which, ...fields.map((field) => `${field.name} ${columnType(field)}`)].join(', ');
}

function columnType(field: Field): string {
  const type = COLUMN_TYPES[field.type] ?? `Tuple(${columns(field.type)})`;
  if (field.rule === 'optional') return `Nullable(${type})`;
  return field.rule === 'repeated' ? `Array(${type})` : type;
}

/** The proto3 text (`format_schema`) with every message a signal's request reaches. */
export function protoSchema(signal: Signal): string {
  return ['syntax = "proto3";', ...Object.keys(reachable(READ, REQUEST[signal])).map(protoMessage)].join(
    '\n',
  );
}

const LABELS = { singular: '', oneof: '', repeated: 'repeated ', optional: 'optional ' } as const;

function protoMessage(message: string): string {
  const line = (field: Field) => `${LABELS[field.rule]}${field.type} ${field.name} = ${field.number};`;
  const fields = READ[message]!;
  const plain = fields.filter((field) => field.rule !== 'oneof').map(line);
  const members = fields.filter((field) => field.rule === 'oneof').map(line);
  const oneof = members.length > 0 ? [`oneof which { ${members.join(' ')} }`] : [];
  return `message ${message} { ${[...plain, ...oneof].join(' ')} }`;
}

/** Settings under which the engine parses a segment of this signal, for a query's `SETTINGS`. */
export function parseSettings(signal: Signal): Record<string, string> {
  return {
    format_schema_source: 'string',
    format_schema: protoSchema(signal),
    format_schema_message_name: REQUEST[signal],
    input_format_protobuf_oneof_presence: '1',
  };
}
