import type { Signal } from '../../model/otlp.ts';

/**
 * How much memory the engine needs to take a request: every item gets a copy of its resource's and its scope's
 * attributes, so a small body can become a huge table (seen: 2.1 MB with a resource of 1 MB and 20,000 spans asked for
 * 19.5 GiB). Measured besides, peak of the engine's process for one segment:
 * spans ten times the body, points 22 times (1.2 GiB for 54 MiB), log records 20 times (1.5 GiB for 74 MiB).
 */
const PER_BODY_BYTE: Readonly<Record<Signal, number>> = { traces: 10, metrics: 20, logs: 18 };
/** The copies, and half as much again for what is built from them at the same time. */
const PER_COPIED_BYTE = 1.5;

/** Field numbers that all three signals share: ResourceX.resource, ResourceX.scope_x, ScopeX.scope. */
const RESOURCE = 1;
const SCOPES = 2;
const SCOPE = 1;

/**
 * Estimated bytes of engine memory; for the copies from above: the largest resource and the largest scope count for every item.
 * @param request an approved request
 */
export function engineMemoryFor(request: Uint8Array, items: number, signal: Signal): number {
  const largest = { resource: 0, scope: 0 };
  fieldsOf(request, 0, request.length, (_, start, end) => {
    fieldsOf(request, start, end, (field, from, to) => {
      if (field === RESOURCE) largest.resource = Math.max(largest.resource, to - from);
      if (field !== SCOPES) return;
      fieldsOf(request, from, to, (inner, a, b) => {
        if (inner === SCOPE) largest.scope = Math.max(largest.scope, b - a);
      });
    });
  });
  return (
    PER_BODY_BYTE[signal] * request.length + PER_COPIED_BYTE * (largest.resource + largest.scope) * items
  );
}

/** Calls back for each length-delimited field of a message, by skipping over everything inside it. */
function fieldsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  found: (field: number, start: number, end: number) => void,
): void {
  const cursor = { at: start };
  while (cursor.at < end) {
    const tag = readVarint(bytes, cursor);
    const wireType = tag & 7;
    if (wireType === 0) readVarint(bytes, cursor);
    else if (wireType === 1) cursor.at += 8;
    else if (wireType === 5) cursor.at += 4;
    else {
      const length = readVarint(bytes, cursor);
      found(Math.floor(tag / 8), cursor.at, cursor.at + length);
      cursor.at += length;
    }
  }
}

/** The walk has approved every varint; values beyond 2^53 occur only where they are skipped. */
function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[cursor.at++]!;
    value += (byte & 127) * factor;
    if (byte < 128) return value;
    factor *= 128;
  }
}
