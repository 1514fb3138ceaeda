/** Every time in an OTLP request, found by the layout: spans, events, points, start times, exemplars, log records. */
import { Fields } from '../../collector/wire/fields.ts';
import { LAYOUT, REQUEST, type Signal } from '../../model/otlp.ts';

/** Unix nanoseconds; `newest` 0 when there is no time. */
export interface TimeSpan {
  oldest: bigint;
  newest: bigint;
}

const MAX_TIME = 2n ** 64n - 1n;

/** The oldest and newest time in an approved request. 0 means "not known" in OTLP and does not count. */
export function timesOf(body: Uint8Array, signal: Signal): TimeSpan {
  const view = viewOf(body);
  const span = { oldest: MAX_TIME, newest: 0n };
  eachTime(body, signal, (at) => {
    const time = view.getBigUint64(at, true);
    if (time === 0n) return;
    if (time < span.oldest) span.oldest = time;
    if (time > span.newest) span.newest = time;
  });
  return span;
}

/** Moves every time by so many nanoseconds, in place; times are of fixed width in protobuf. */
export function shiftTimes(body: Uint8Array, signal: Signal, by: bigint): void {
  const view = viewOf(body);
  eachTime(body, signal, (at) => {
    const time = view.getBigUint64(at, true);
    if (time === 0n) return;
    const moved = time + by;
    view.setBigUint64(at, moved < 1n ? 1n : moved > MAX_TIME ? MAX_TIME : moved, true);
  });
}

const viewOf = (body: Uint8Array): DataView => new DataView(body.buffer, body.byteOffset, body.byteLength);

const isTime = (name: string): boolean => name.endsWith('time_unix_nano');

/** Message → field number → the message below it, or null for a time; fields that lead to no time are left out. */
type Ways = ReadonlyMap<string, ReadonlyMap<number, string | null>>;

const WAYS: Ways = new Map(
  Object.entries(LAYOUT).map(([message, fields]) => [
    message,
    new Map(
      fields
        .filter(({ name, type }) => isTime(name) || holdsTime(type))
        .map(({ number, name, type }) => [number, isTime(name) ? null : type]),
    ),
  ]),
);

function holdsTime(type: string, above: readonly string[] = []): boolean {
  if (above.includes(type)) return false;
  return (
    LAYOUT[type]?.some((field) => isTime(field.name) || holdsTime(field.type, [...above, type])) ?? false
  );
}

function eachTime(body: Uint8Array, signal: Signal, visit: (at: number) => void): void {
  const walk = (message: string, from: number, until: number) => {
    const ways = WAYS.get(message)!;
    const fields = new Fields(body, from, until);
    while (fields.next()) {
      const way = ways.get(fields.number);
      if (way === null) visit(fields.from);
      else if (way !== undefined) walk(way, fields.from, fields.until);
    }
  };
  walk(REQUEST[signal], 0, body.length);
}
