/** What makes a single item unacceptable while the rest of its request is kept. One rule for each item message. */

/** Unix nanoseconds as Number: double precision is enough, 256 ns today. */
export interface TimeWindow {
  earliest: number;
  latest: number;
  /**
   * When the request arrived: what log records without any time are given as their observed time. Undefined for
   * requests that have been through the door before.
   */
  now?: number;
}

/** The bytes of one item's captured fields. Three integers for each slot: start of the tag, of the value, end. */
export interface Captured {
  body: Uint8Array;
  view: DataView;
  /** [slot × 3]: end is 0 when the field is absent. Of a repeated field the first integer is the number of elements. */
  slots: Int32Array;
}

export interface ItemRule {
  /** What one item is called, for the reason sentence. */
  noun: string;
  /**
   * Fields the check wants, at most `MAX_SLOTS`. Index = slot. Bytes, 8-byte numbers, uint32; of repeated 8-byte numbers
   * only their count.
   */
  captures: readonly string[];
  /** @returns 0 to keep the item, a `Fault` to drop it, or the or of `without(slot)` and `STAMPED` to keep it changed. */
  check(item: Captured, window: TimeWindow): number;
}

export const MAX_SLOTS = 8;

/** Why items are dropped. Every number below `KEEP_WITHOUT` indexes `MENDING`. */
export const Fault = {
  traceId: 1,
  spanId: 2,
  parentId: 3,
  tooOld: 4,
  tooNew: 5,
  noTime: 6,
  noValue: 7,
  buckets: 8,
} as const;

/** Verdicts from here on keep the item and cut fields out of it. */
export const KEEP_WITHOUT = 256;
export const without = (slot: number) => KEEP_WITHOUT << slot;
/** Keeps a log record and gives it the time of arrival as its observed time. */
export const STAMPED = KEEP_WITHOUT << MAX_SLOTS;

/** [fault]: what is wrong and what to do, as it stands behind a count. */
export const MENDING: readonly string[] = [
  '',
  'with a trace id that is not 16 bytes or all zero (fix the SDK or exporter)',
  'with a span id that is not 8 bytes or all zero (fix the SDK or exporter)',
  'with a parent span id that is not 8 bytes (fix the SDK or exporter)',
  'older than the retention (bring old data in with import --shift-to now)',
  'from the future (check the clock of the sender)',
  'without a time (the exporter must set time_unix_nano)',
  'without a value (fix the SDK or exporter, or set the flag for "no recorded value")',
  'with bucket counts that do not fit the bounds (there must be one more count than bounds, or neither)',
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

/**
 * logs.proto: both ids are optional and all zeroes are invalid, so a record is kept without a bad one. Its time is that
 * of the event or else of its observation; a record with neither (legal: "unknown or missing timestamp") is observed
 * here and now, because the data model wants the observed time set by whoever first collects the record.
 */
const logRecord: ItemRule = {
  noun: 'log record',
  captures: ['trace_id', 'span_id', 'time_unix_nano', 'observed_time_unix_nano'],
  check(item, window) {
    const time = unixNano(item, 2) || unixNano(item, 3);
    let verdict = 0;
    if (time === 0) {
      if (window.now !== undefined) verdict |= STAMPED | (isPresent(item, 3) ? without(3) : 0);
    } else {
      if (time < window.earliest) return Fault.tooOld;
      if (time > window.latest) return Fault.tooNew;
    }
    if (isPresent(item, 0) && !isId(item, 0, 16)) verdict |= without(0);
    if (isPresent(item, 1) && !isId(item, 1, 8)) verdict |= without(1);
    return verdict;
  },
};

/** metrics.proto: "Data points with the 0 value for TimeUnixNano SHOULD be rejected by consumers." */
function timeFault(item: Captured, slot: number, window: TimeWindow): number {
  const time = unixNano(item, slot);
  if (time === 0) return Fault.noTime;
  if (time < window.earliest) return Fault.tooOld;
  return time > window.latest ? Fault.tooNew : 0;
}

/** `DataPointFlags`: the point says that there is nothing to say (a series went stale). */
const NO_RECORDED_VALUE = 1;

/** metrics.proto: "A point is considered invalid when one of the recognized value fields is not present". */
const numberPoint: ItemRule = {
  noun: 'data point',
  captures: ['time_unix_nano', 'as_double', 'as_int', 'flags'],
  check(item, window) {
    const fault = timeFault(item, 0, window);
    if (fault !== 0) return fault;
    if (isPresent(item, 1) || isPresent(item, 2)) return 0;
    const saysNothing = isPresent(item, 3) && (item.body[item.slots[3 * 3 + 1]!]! & NO_RECORDED_VALUE) !== 0;
    return saysNothing ? 0 : Fault.noValue;
  },
};

/** metrics.proto: one more bucket count than bounds, or neither: what does not fit cannot be read as a distribution. */
const histogramPoint: ItemRule = {
  noun: 'data point',
  captures: ['time_unix_nano', 'bucket_counts', 'explicit_bounds'],
  check(item, window) {
    const counts = item.slots[1 * 3]!;
    const bounds = item.slots[2 * 3]!;
    const fits = counts === bounds + 1 || (counts === 0 && bounds === 0);
    return fits ? timeFault(item, 0, window) : Fault.buckets;
  },
};

const otherPoint: ItemRule = {
  noun: 'data point',
  captures: ['time_unix_nano'],
  check: (item, window) => timeFault(item, 0, window),
};

export const ITEM_RULES: Readonly<Record<string, ItemRule>> = {
  Span: span,
  LogRecord: logRecord,
  NumberDataPoint: numberPoint,
  HistogramDataPoint: histogramPoint,
  ExponentialHistogramDataPoint: otherPoint,
  SummaryDataPoint: otherPoint,
};

/** True when the slot holds exactly `size` bytes (8 or 16) that are not all zero. */
function isId(item: Captured, slot: number, size: 8 | 16): boolean {
  const from = item.slots[slot * 3 + 1]!;
  if (item.slots[slot * 3 + 2]! - from !== size) return false;
  const view = item.view;
  if ((view.getInt32(from) | view.getInt32(from + 4)) !== 0) return true;
  return size === 16 && (view.getInt32(from + 8) | view.getInt32(from + 12)) !== 0;
}

/** False also for bytes of length 0. */
const isPresent = (item: Captured, slot: number): boolean =>
  item.slots[slot * 3 + 2]! > item.slots[slot * 3 + 1]!;

/** A fixed64 time as Number; 0 when absent. */
function unixNano(item: Captured, slot: number): number {
  if (item.slots[slot * 3 + 2] === 0) return 0;
  const from = item.slots[slot * 3 + 1]!;
  return item.view.getUint32(from + 4, true) * 0x1_0000_0000 + item.view.getUint32(from, true);
}
