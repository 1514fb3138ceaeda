import { parseArgs } from 'node:util';
import { messageOf, Problem } from '../../base/errors.ts';
import { envName } from '../settings.ts';

export interface ImportOptions {
  files: readonly string[];
  endpoint: string;
  /** '' for none. */
  token: string;
  /** The newest time of all files becomes now. */
  shiftToNow: boolean;
  /** How much faster than it happened, e.g. 60: an hour a minute; undefined: as fast as it goes. */
  speed: number | undefined;
}

const MAX_SPEED = 100_000;

export const HELP = `Brings OTLP JSON lines into a running Loopwatch through its front door: a request a line, as the OpenTelemetry
file exporter writes them, plain or gzip, traces, metrics and logs in any mixture.

Usage: npm run import -- FILES... [options]

  --endpoint URL     OTLP/HTTP address of Loopwatch (http://localhost:4318)
  --token TOKEN      its ingest token, if it has one (or ${envName('ingest-token')})
  --shift-to now     move all times of all files by one constant, so that the newest becomes now; distances stay.
                     Everything is read once before the first item is sent
  --speed N          replay: send in the order of time, N times as fast as it happened (1: as it was; 60: an hour
                     a minute). With --shift-to now the last item is of now when it is sent
  --help             this text

What cannot be read is named with file and line, and the rest goes on. Importing a file twice stores it twice.

Exit codes: 0 everything went in, 1 something was left out or failed, 2 wrong usage.
`;

/** @throws Problem `usage` with one sentence */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ImportOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  if (positionals.length === 0) throw usage('name at least one file, e.g. npm run import -- traces.jsonl.gz');
  if (values['shift-to'] !== undefined && values['shift-to'] !== 'now')
    throw usage(`--shift-to takes only "now", not "${values['shift-to']}"`);
  return {
    files: positionals,
    endpoint: endpointOf(values.endpoint ?? 'http://localhost:4318'),
    token: values.token ?? env[envName('ingest-token')] ?? '',
    shiftToNow: values['shift-to'] === 'now',
    speed: values.speed === undefined ? undefined : speedOf(values.speed),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: {
        endpoint: { type: 'string' },
        token: { type: 'string' },
        'shift-to': { type: 'string' },
        speed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (thrown) {
    throw usage(messageOf(thrown));
  }
}

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.search === '') return url.href.replace(/\/+$/, '');
  throw usage(`--endpoint "${text}" is not a URL like http://localhost:4318`);
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed > 0 && speed <= MAX_SPEED) return speed;
  throw usage(`--speed "${text}" is not a number above 0, at most ${MAX_SPEED}`);
}

const usage = (sentence: string): Problem => new Problem('usage', `${sentence}; see --help`);
