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

/**
 * Reads all whole frames. Where there is none the next one is looked for byte by byte, because a damaged length leads
 * astray: tag and checksum are 48 bits of evidence, 1 s for 64 MiB.
 */
export function scan(segment: Uint8Array): Scan {
  const found: Scan = { requests: [], wholeBytes: 0, damaged: false };
  for (let at = 0; at < segment.length; ) {
    const request = requestAt(segment, at);
    if (request === null) {
      at += 1;
      continue;
    }
    found.requests.push(request);
    found.damaged ||= at > found.wholeBytes;
    at = request.byteOffset - segment.byteOffset + request.length + TRAILER_BYTES;
    found.wholeBytes = at;
  }
  return found;
}

/** The request of the whole frame that begins here, if one does. */
function requestAt(segment: Uint8Array, at: number): Uint8Array | null {
  let length = 0;
  let from = at;
  for (let scale = 1; ; scale *= 128) {
    const byte = segment[from++];
    if (byte === undefined || from - at > 5) return null;
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  const trailer = from + length - TRAILER_BYTES;
  if (trailer < from || from + length > segment.length) return null;
  if (segment[trailer] !== TRAILER_TAG[0] || segment[trailer + 1] !== TRAILER_TAG[1]) return null;
  const request = segment.subarray(from, trailer);
  const checksum = Buffer.from(segment.buffer, segment.byteOffset + trailer + 2, 4).readUInt32LE();
  return crc32(request) === checksum ? request : null;
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
