/**
 * Writes protobuf the way SDKs do (shortest varints, fields in order), without an object per message: the workload
 * must be cheap beside what it measures. Text is ASCII, so lengths are known before writing.
 */
export class ProtoWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = 4_096) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, valid until the next write or reset. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  reset(): this {
    this.#length = 0;
    return this;
  }

  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A varint field; enums, bools and lengths. */
  number(field: number, value: number): void {
    this.varint(field * 8);
    this.varint(value);
  }

  fixed64(field: number, value: bigint): void {
    this.varint(field * 8 + 1);
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length);
  }

  fixed32(field: number, value: number): void {
    this.varint(field * 8 + 5);
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  double(field: number, value: number): void {
    this.varint(field * 8 + 1);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  bytes(field: number, content: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(content.length);
    this.raw(content);
  }

  text(field: number, ascii: string): void {
    this.varint(field * 8 + 2);
    this.varint(ascii.length);
    this.#reserve(ascii.length);
    this.#bytes.write(ascii, this.#length, ascii.length, 'latin1');
    this.#length += ascii.length;
  }

  /** Bytes that are protobuf already. */
  raw(content: Uint8Array): void {
    this.#reserve(content.length);
    this.#bytes.set(content, this.#length);
    this.#length += content.length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

export type AttributeValue = string | number | boolean | readonly string[];

/**
 * A KeyValue (`common/v1`) in this repeated field. Whole numbers become `int_value`, others `double_value`.
 * @param scratch a writer nobody else uses meanwhile
 */
export function attribute(
  writer: ProtoWriter,
  field: number,
  key: string,
  value: AttributeValue,
  scratch: ProtoWriter,
): void {
  anyValue(scratch.reset(), value);
  writer.varint(field * 8 + 2);
  writer.varint(delimited(key.length) + delimited(scratch.length));
  writer.text(1, key);
  writer.bytes(2, scratch.view());
}

/** Bytes of a length-delimited field with a field number below 16. */
const delimited = (length: number): number =>
  1 + (length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4) + length;

function anyValue(writer: ProtoWriter, value: AttributeValue): void {
  if (typeof value === 'string') writer.text(1, value);
  else if (typeof value === 'boolean') writer.number(2, value ? 1 : 0);
  else if (typeof value !== 'number') writer.bytes(5, arrayValue(value));
  else if (Number.isInteger(value)) writer.number(3, value);
  else writer.raw(doubleValue(value));
}

function arrayValue(texts: readonly string[]): Buffer {
  const list = new ProtoWriter(256);
  for (const text of texts) {
    const element = new ProtoWriter(64);
    element.text(1, text);
    list.bytes(1, element.view());
  }
  return list.view();
}

function doubleValue(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = 4 * 8 + 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}
