/** What a field of an OTLP message is, and short ways to write one down. */

/** Enums are `int32` here: an enum number that is not known yet must pass. */
export type Scalar =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

/**
 * `singular`: proto3 without presence. `optional`: proto3 with presence. `oneof`: member of the message's only oneof
 * (no OTLP message has two).
 */
export type Rule = 'singular' | 'optional' | 'repeated' | 'oneof';

export interface Field {
  /** 1 to 31: OTLP uses none above, and the walk's dispatch table has 32 places for each message. */
  number: number;
  name: string;
  /** A scalar, or the name of a message in the same layout. */
  type: string;
  rule: Rule;
}

/** Message name → its fields. */
export type Layout = Readonly<Record<string, readonly Field[]>>;

/** A singular field. */
export const one = (number: number, name: string, type: string): Field => ({
  number,
  name,
  type,
  rule: 'singular',
});
/** A repeated field. */
export const many = (number: number, name: string, type: string): Field => ({
  number,
  name,
  type,
  rule: 'repeated',
});
/** A member of the message's only oneof. */
export const either = (number: number, name: string, type: string): Field => ({
  number,
  name,
  type,
  rule: 'oneof',
});

/** A singular field with presence (`optional`). */
export const maybe = (number: number, name: string, type: string): Field => ({
  number,
  name,
  type,
  rule: 'optional',
});
