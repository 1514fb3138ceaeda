/** Log records as the search lists them, and how many there are over time. */

import type { TimeRange } from './service.ts';
import type { Attributes } from './trace.ts';

export interface LogRecord {
  /** Nanoseconds since the epoch as text: a double would lose digits. */
  timeNs: string;
  service: string;
  environment: string;
  /** logs.proto SeverityNumber: 1–4 trace, 5–8 debug, 9–12 info, 13–16 warn, 17–20 error, 21–24 fatal, 0 not given. */
  severity: number;
  severityText: string;
  /** Cut at 16,384 characters, attribute values too; `bodyBytes` says how long it was. */
  body: string;
  bodyBytes: number;
  eventName: string;
  traceId: string;
  spanId: string;
  scope: string;
  attributes: Attributes;
  resource: Attributes;
}

export interface LogsView {
  /** Newest first. */
  records: LogRecord[];
  /** Where the next page begins (`before` of the next question); null when this was the last. */
  next: string | null;
}

/** The five groups a histogram tells apart, from the worst on. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'unset'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The first and last SeverityNumber of each level. */
export const LEVEL_NUMBERS: Readonly<Record<LogLevel, readonly [number, number]>> = {
  error: [17, 24],
  warn: [13, 16],
  info: [9, 12],
  debug: [1, 8],
  unset: [0, 0],
};

export interface LogHistogram {
  /** What was counted: whole minutes, the last of which still grows. */
  range: TimeRange;
  /** Milliseconds per slot. */
  stepMs: number;
  /** Records per slot, oldest first. */
  counts: Record<LogLevel, number[]>;
}

/** The level of a SeverityNumber. */
export function levelOf(severity: number): LogLevel {
  return LOG_LEVELS.find((level) => severity >= LEVEL_NUMBERS[level][0]) ?? 'unset';
}
