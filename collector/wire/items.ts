/** What makes a single item unacceptable while the rest of its request is kept. One rule for each item message. */

/** Unix nanoseconds as Number: double precision is enough, 256 ns today. */
export interface TimeWindow {
  earliest: number;
  latest: number;
}

/** The bytes of one item's captured fields. Three integers for each slot: start of the tag, of the value, end. */
export interface Captured {
  body: Uint8Array;
  view: DataView;
  /** [slot × 3]: end is 0 when the field is absent. */
  slots: Int32Array;
}

export interface ItemRule {
  /** What one item is called, for the reason sentence. */
  noun: string;
  /** Fields the check wants, at most `MAX_SLOTS`; bytes or fixed64 fields. Index = slot. */
  captures: readonly string[];
  /** @returns 0 to keep the item, a `Fault` to drop it, or the or of `without(slot)` to keep it without fields. */
  check(item: Captured, window: TimeWindow): number;
}

export const MAX_SLOTS = 8;

/** Why items are dropped. Every number below `KEEP_WITHOUT` indexes `MENDING`. */
export const Fault = { traceId: 1, spanId: 2, parentId: 3, tooOld: 4, tooNew: 5 } as const;

/** Verdicts from here on keep the item and cut fields out of it. */
export const KEEP_WITHOUT = 256;
export const without = (slot: number) => KEEP_WITHOUT << slot;

/** [fault]: what is wrong and what to do, as it stands behind a count. */
export const MENDING: readonly string[] = [
  '',
  'with a trace id that is not 16 bytes or all zero (fix the SDK or exporter)',
  'with a span id that is not 8 bytes or all zero (fix the SDK or exporter)',
  'with a parent span id that is not 8 bytes (fix the SDK or exporter)',
  'older than the retention (bring old data in with import --shift-to now)',
  'from the future (check the clock of the sender)',
];

/** trace.proto: "the ID is a 16-byte array; all zeroes is invalid", 8 bytes for spans, "empty for a root span". */
const span: ItemRule = {
  noun: 'span',
  captures: ['trace_id', 'span_id', 'parent_span_id', 'start_time_unix_nano'],
  check(item, window) {
    if (!isId(item, 0, 16)) return Fault.traceId;
    if (!isId(item, 1, 8)) return Fault.spanId;
    const start = unixNano(item, 3);
    if (start < window.earliest) return Fault.tooOld;
    if (start > window.latest) return Fault.tooNew;
    const parentLength = item.slots[2 * 3 + 2]! - item.slots[2 * 3 + 1]!;
    if (parentLength === 0) return 0;
    if (parentLength !== 8) return Fault.parentId;
    // All zero means "none" to pdata: without the field it is a root to the engine as well.
    return isId(item, 2, 8) ? 0 : without(2);
  },
};

export const ITEM_RULES: Readonly<Record<string, ItemRule>> = { Span: span };

/** True when the slot holds exactly `size` bytes (8 or 16) that are not all zero. */
function isId(item: Captured, slot: number, size: 8 | 16): boolean {
  const from = item.slots[slot * 3 + 1]!;
  if (item.slots[slot * 3 + 2]! - from !== size) return false;
  const view = item.view;
  if ((view.getInt32(from) | view.getInt32(from + 4)) !== 0) return true;
  return size === 16 && (view.getInt32(from + 8) | view.getInt32(from + 12)) !== 0;
}

/** A fixed64 time as Number; 0 when absent. */
function unixNano(item: Captured, slot: number): number {
  if (item.slots[slot * 3 + 2] === 0) return 0;
  const from = item.slots[slot * 3 + 1]!;
  return item.view.getUint32(from + 4, true) * 0x1_0000_0000 + item.view.getUint32(from, true);
}
