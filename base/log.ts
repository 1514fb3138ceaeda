/** One line a message on stderr: time, level, sentence, then `key=value` details. Stdout belongs to results. */

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];
export type Details = Record<string, string | number | boolean | undefined>;

export interface Log {
  debug(message: string, details?: Details): void;
  info(message: string, details?: Details): void;
  warn(message: string, details?: Details): void;
  error(message: string, details?: Details): void;
}

/** A logger that writes messages of `lowest` and above through `write` (default: stderr). */
export function createLog(lowest: LogLevel, write = (line: string) => void process.stderr.write(line)): Log {
  const at =
    (level: LogLevel) =>
    (message: string, details: Details = {}) => {
      if (LEVELS.indexOf(level) >= LEVELS.indexOf(lowest)) write(format(level, message, details));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function format(level: LogLevel, message: string, details: Details): string {
  const rest = Object.entries(details)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? JSON.stringify(value) : value}`);
  // Control characters in a message could forge lines or drive a terminal.
  const text = message.replace(/\p{Cc}+/gu, ' ');
  return `${new Date().toISOString()} ${level.padEnd(5)} ${text}${rest.join('')}\n`;
}
