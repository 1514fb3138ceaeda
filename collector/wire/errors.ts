/** What can be wrong with a request's bytes, as it stands behind "at byte 17". The codes are stable. */
const SENTENCES = {
  truncated: 'a field is cut off',
  length_past_parent: 'a length reaches past the end of its message',
  varint_too_long: 'a number is longer than a varint can be',
  field_number: 'a field number is not between 1 and 536870911',
  wire_type: 'a field does not have the wire type of OTLP',
  group: 'there is a group, which OTLP does not have',
  not_utf8: 'a string is not UTF-8',
  too_deep: 'attribute values are nested more than 32 deep',
  too_large_to_rewrite:
    'a field occurs twice or a number is out of its range, which is only mended in bodies up to 4 MiB',
} as const;

export type WireCode = keyof typeof SENTENCES;

/** The bytes are not a request we take: HTTP 400, and sending them again cannot help. */
export class WireError extends Error {
  readonly code: WireCode;
  /** Bytes from the start of the (decompressed) body. */
  readonly offset: number;

  /** @param place the field, e.g. "Span.name" */
  constructor(code: WireCode, offset: number, place: string) {
    super(
      `The body is not a valid OTLP protobuf request: at byte ${offset} (${place}) ${SENTENCES[code]}; check the exporter.`,
    );
    this.name = 'WireError';
    this.code = code;
    this.offset = offset;
  }
}
