import type { Details, Log, LogLevel } from '../../base/log.ts';

export interface Logged {
  level: LogLevel;
  message: string;
  details: Details;
}

/** A log that keeps what it is told instead of writing it. */
export function recordingLog(): Log & { lines: Logged[] } {
  const lines: Logged[] = [];
  const at =
    (level: LogLevel) =>
    (message: string, details: Details = {}) =>
      void lines.push({ level, message, details });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
