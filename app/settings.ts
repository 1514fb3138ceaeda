import { Problem } from '../base/errors.ts';
import type { LogLevel } from '../base/log.ts';
import { parseDuration, parseSize } from '../base/units.ts';
import type { Signal } from '../model/otlp.ts';
import type { DiskBudget } from '../store/budget.ts';

/** One setting: known by the same name as a flag (`--name`), in the file (`name:`) and in the environment. */
export interface Setting<Value> {
  /** Text of the default, parsed like any other. */
  default: string;
  /** For `--help`: what it does, in one line. */
  help: string;
  /** Placeholder in `--help`. */
  value: string;
  /** @throws Problem with what would be right */
  parse: (text: string) => Value;
  /** Environment variable; default `LOOPWATCH_` and the name. */
  env?: string;
  secret?: boolean;
}

/** The one specification that the file, the environment, the flags and `--help` come from. */
export const SETTINGS = {
  'data-dir': { ...text('./data', 'DIR', 'folder for the journal and the embedded store'), parse: notEmpty },
  'http-host': text('127.0.0.1', 'HOST', 'address of the dashboard; off loopback it needs log-in'),
  'http-port': port('8080', 'port of the dashboard and the API; 0 takes a free one'),
  auth: oneOf<'auto' | 'on' | 'off'>(
    ['auto', 'on', 'off'],
    'auto',
    'log-in for dashboard and API; auto: when other machines can reach it',
  ),
  'public-url': {
    ...text('', 'URL', 'where people reach the dashboard, e.g. https://watch.example; links lead there'),
    parse: publicUrl,
  },
  'http-names': list('NAMES', 'further names the dashboard is reached by, e.g. watch.lan,watch.example'),
  'admin-link': oneOf<'off' | 'on'>(['off', 'on'], 'off', 'print a link for a new administrator at start'),
  'tls-cert': text('', 'FILE', 'certificate chain (PEM) for dashboard and OTLP; read again when it changes'),
  'tls-key': text('', 'FILE', 'its private key (PEM)'),
  'otlp-http-host': text('127.0.0.1', 'HOST', 'address for OTLP/HTTP; off loopback senders need a token'),
  'otlp-http-port': port('4318', 'port for OTLP/HTTP; 0 takes a free one'),
  'otlp-grpc-host': text('127.0.0.1', 'HOST', 'address for OTLP/gRPC; off loopback senders need a token'),
  'otlp-grpc-port': port('4317', 'port for OTLP/gRPC; 0 takes a free one'),
  'otlp-cors-origins': origins(
    'origins of pages that may send over OTLP/HTTP, e.g. https://shop.example, or *',
  ),
  'ingest-token': {
    ...text('', 'TOKEN', 'senders must show it as "Authorization: Bearer TOKEN"'),
    secret: true,
  },
  'clickhouse-url': {
    ...text('', 'URL', 'a ClickHouse server to use instead of the embedded engine'),
    parse: httpUrl,
    env: 'CLICKHOUSE_URL',
    secret: true,
  },
  'drop-attributes': list('KEYS', 'attributes that are not stored, e.g. http.request.header.*,user.email'),
  'hash-attributes': list('KEYS', 'attributes of which a hash is stored, e.g. user.id,enduser.*'),
  'hash-secret': {
    ...text('', 'TEXT', 'what hashes are keyed with, one for all collectors; empty: one is made and kept'),
    secret: true,
  },
  'max-body': size('64MiB', '64kB', 'largest request, counted after decompression'),
  'journal-budget': size('8GiB', '1MiB', 'what may wait on disk for the engine before senders get 503'),
  'disk-budget': diskBudget('80%', 'most the store may take of the disk; the oldest days go first'),
  'engine-memory': size('2GiB', '512MiB', 'upper bound for the embedded engine'),
  'retention-traces': duration('30d', '1d', 'how long spans are kept'),
  'retention-metrics': duration('30d', '1d', 'how long data points are kept'),
  'retention-logs': duration('30d', '1d', 'how long log records are kept'),
  'max-series': count('20000', 'series one metric of one service may have; further ones are refused'),
  'max-operations': count('2000', 'span names one service may have before it is named'),
  'retention-rules': duration(
    '15d',
    '1d',
    'how far rules can be replayed: rollups of 5 s, their own history',
  ),
  'rules-folder': {
    ...text(
      'rules',
      'DIR',
      'folder with rules, receivers, SLOs and silences; read again whenever it changes',
    ),
    parse: notEmpty,
  },
  'default-rules': {
    ...oneOf(['on', 'off'], 'on', 'the rules that come with the product'),
    parse: (given) => oneOf(['on', 'off'], 'on', '').parse(given) === 'on',
  },
  'outgoing-allow': list(
    'HOSTS',
    'private hosts and networks that webhooks may reach, e.g. hooks.lan,10.1.0.0/16',
  ),
  actions: oneOf<'execute' | 'dry_run'>(
    ['execute', 'dry_run'],
    'execute',
    'whether rules scale and remediate, or only ask hooks what they would do',
  ),
  'retention-audit': duration('400d', '30d', 'how long the audit log is kept'),
  'retention-probes': duration(
    '400d',
    '1d',
    'how long runs of journeys and checks, and counts of SLOs, are kept',
  ),
  'retention-artifacts': duration('30d', '1d', 'how long screenshots, traces and HARs of runs are kept'),
  'artifacts-dir': text(
    '',
    'DIR',
    'folder for them, shared by collector and server; empty: in the data folder',
  ),
  'artifacts-budget': size('2GiB', '16MiB', 'most they may take together; the oldest go first'),
  'synthetics-folder': text('synthetics', 'DIR', 'folder of *.journey.ts and *.checks.yaml; empty: off'),
  location: { ...text('local', 'NAME', 'where journeys and checks are run from'), parse: placeName },
  'otlp-endpoint': {
    ...text(
      'http://localhost:4318',
      'URL',
      'where collectors listen (OTLP/HTTP), for roles that are not one',
    ),
    parse: otlpUrl,
  },
  'probe-link-local': oneOf(
    ['refuse', 'allow'],
    'refuse',
    'whether checks may look at link-local addresses, where clouds hand out credentials',
  ),
  'browser-path': text('', 'PATH', 'Chromium for journeys; default: Playwright’s own, else an installed one'),
  'self-telemetry': oneOf(['on', 'off'], 'on', 'whether Loopwatch sends telemetry about itself to itself'),
  'log-level': oneOf<LogLevel>(['debug', 'info', 'warn', 'error'], 'info', 'least level that is logged'),
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type Config = { [Name in SettingName]: ReturnType<(typeof SETTINGS)[Name]['parse']> };

/** How long each signal is kept, in milliseconds. */
export const retentionOf = (config: Config): Record<Signal, number> => ({
  traces: config['retention-traces'],
  metrics: config['retention-metrics'],
  logs: config['retention-logs'],
});

/** How long everything is kept: signals, and what probes saw. */
export const keptFor = (config: Config): Record<Signal | 'rules' | 'probes', number> => ({
  ...retentionOf(config),
  rules: config['retention-rules'],
  probes: config['retention-probes'],
});

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** The environment variable of a setting. */
export function envName(name: SettingName): string {
  return (SETTINGS[name] as Setting<unknown>).env ?? `LOOPWATCH_${name.toUpperCase().replaceAll('-', '_')}`;
}

function text(fallback: string, value: string, help: string): Setting<string> {
  return { default: fallback, value, help, parse: (given) => given.trim() };
}

function count(fallback: string, help: string): Setting<number> {
  const parse = (given: string) => {
    if (/^\d{1,9}$/.test(given) && Number(given) > 0) return Number(given);
    throw new Problem('invalid_count', `"${given}" is not a whole number from 1 to 999999999`);
  };
  return { default: fallback, value: 'N', help, parse };
}

function port(fallback: string, help: string): Setting<number> {
  const parse = (given: string) => {
    if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
    throw new Problem('invalid_port', `"${given}" is not a port between 0 and 65535`);
  };
  return { default: fallback, value: 'PORT', help, parse };
}

/** Comma-separated. */
function list(value: string, help: string): Setting<readonly string[]> {
  const parse = (given: string) =>
    given
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  return { default: '', value, help, parse };
}

/** Comma-separated; as browsers write them in `Origin`: scheme, host, port, nothing behind it. */
function origins(help: string): Setting<readonly string[]> {
  const parse = (given: string) => {
    const list = given.split(',').map((origin) => origin.trim());
    for (const origin of list)
      if (origin !== '' && origin !== '*' && !(URL.canParse(origin) && new URL(origin).origin === origin))
        throw new Problem(
          'invalid_origin',
          `"${origin}" is not an origin like https://shop.example:8443, or *`,
        );
    return list.filter((origin) => origin !== '');
  };
  return { default: '', value: 'ORIGINS', help, parse };
}

function diskBudget(fallback: string, help: string): Setting<DiskBudget | null> {
  const parse = (given: string): DiskBudget | null => {
    if (given.trim() === 'off') return null;
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(given.trim());
    if (!percent) return { bytes: parseSize(given) };
    if (Number(percent[1]) > 0 && Number(percent[1]) <= 100) return { share: Number(percent[1]) / 100 };
    throw new Problem('invalid_size', `"${given}" is not between 0% and 100%`);
  };
  return { default: fallback, value: 'SIZE|N%|off', help, parse };
}

function size(fallback: string, least: string, help: string): Setting<number> {
  return { default: fallback, value: 'SIZE', help, parse: (given) => atLeast(given, least, parseSize) };
}

function duration(fallback: string, least: string, help: string): Setting<number> {
  return { default: fallback, value: 'TIME', help, parse: (given) => atLeast(given, least, parseDuration) };
}

function atLeast(given: string, least: string, parse: (text: string) => number): number {
  const value = parse(given);
  if (value >= parse(least)) return value;
  throw new Problem('too_little', `"${given}" is too little, the least that works is ${least}`);
}

function notEmpty(given: string): string {
  if (given.trim() !== '') return given.trim();
  throw new Problem('invalid_text', 'it is empty');
}

function placeName(given: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u.test(given.trim())) return given.trim();
  throw new Problem('invalid_text', `"${given}" is not a name like fra or eu-west-1`);
}

/** Without a path of its own: `/v1/traces` and the like are put behind it. */
function otlpUrl(given: string): string {
  const url = given.trim().replace(/\/+$/, '');
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && !/[?#@]/.test(url)) return url;
  throw new Problem('invalid_url', `"${given}" is not a URL like https://loopwatch.example:4318`);
}

/** Scheme, host and port: the dashboard has no path of its own. */
function publicUrl(given: string): string {
  const url = given.trim().replace(/\/+$/, '').toLowerCase();
  if (url === '' || (/^https?:/.test(url) && URL.canParse(url) && new URL(url).origin === url)) return url;
  throw new Problem('invalid_url', `"${given}" is not a URL like https://watch.example:8443`);
}

function httpUrl(given: string): string {
  const url = given.trim();
  if (
    url === '' ||
    (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && new URL(url).search === '')
  )
    return url;
  throw new Problem('invalid_url', 'it is not a URL like http://user:password@host:8123/default');
}

function oneOf<Choice extends string>(
  choices: readonly Choice[],
  fallback: Choice,
  help: string,
): Setting<Choice> {
  const parse = (given: string) => {
    const choice = choices.find((candidate) => candidate === given);
    if (choice !== undefined) return choice;
    throw new Problem('invalid_choice', `"${given}" is none of ${choices.join(', ')}`);
  };
  return { default: fallback, value: choices.join('|'), help, parse };
}
