import { crc32 } from 'node:zlib';

/**
 * A journal segment is a run of frames, each `varint length · request · trailer`: the form ClickHouse calls `Protobuf`
 * (length-delimited messages), so the engine reads a segment as it is. The trailer is the request's CRC-32 as protobuf
 * field 1000, fixed32 (tag bytes C5 3E), which no OTLP message uses and every reader skips: the checksum needs neither
 * a file beside the segment nor a copy of it.
 */
const TRAILER_TAG = [0xc5, 0x3e] as const;
const TRAILER_BYTES = 6;

/** The buffers of one frame, ready for a gathered write; the request itself is not copied. */
export function frame(request: Uint8Array): Uint8Array[] {
  const trailer = Buffer.allocUnsafe(TRAILER_BYTES);
  trailer[0] = TRAILER_TAG[0];
  trailer[1] = TRAILER_TAG[1];
  trailer.writeUInt32LE(crc32(request), 2);
  return [varint(request.length + TRAILER_BYTES), request, trailer];
}

/** Bytes `frame` gives for a request of this length. */
export function frameBytes(requestBytes: number): number {
  return varint(requestBytes + TRAILER_BYTES).length + requestBytes + TRAILER_BYTES;
}

export interface Scan {
  /** The requests of all whole frames, as views into the segment. */
  requests: Uint8Array[];
  /** Where the last whole frame ends; what follows was never acknowledged. */
  wholeBytes: number;
  /** True when frames in the middle failed their checksum and whole ones follow: the disk has damaged the segment. */
  damaged: boolean;
}

/** Reads all whole frames. A frame with a wrong checksum is passed over if its length leads to further frames. */
export function scan(segment: Uint8Array): Scan {
  const found: Scan = { requests: [], wholeBytes: 0, damaged: false };
  let at = 0;
  let passedOver = false;
  for (;;) {
    const head = readVarint(segment, at);
    if (head === null || head.value < TRAILER_BYTES || head.next + head.value > segment.length) return found;
    const end = head.next + head.value;
    if (isWhole(segment, head.next, end)) {
      found.requests.push(segment.subarray(head.next, end - TRAILER_BYTES));
      found.wholeBytes = end;
      found.damaged ||= passedOver;
    } else {
      passedOver = true;
    }
    at = end;
  }
}

function isWhole(segment: Uint8Array, start: number, end: number): boolean {
  const trailer = Buffer.from(segment.buffer, segment.byteOffset + end - TRAILER_BYTES, TRAILER_BYTES);
  if (trailer[0] !== TRAILER_TAG[0] || trailer[1] !== TRAILER_TAG[1]) return false;
  return trailer.readUInt32LE(2) === crc32(segment.subarray(start, end - TRAILER_BYTES));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function readVarint(bytes: Uint8Array, from: number): { value: number; next: number } | null {
  let value = 0;
  for (let i = 0; i < 5 && from + i < bytes.length; i++) {
    const byte = bytes[from + i]!;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, next: from + i + 1 };
  }
  return null;
}
