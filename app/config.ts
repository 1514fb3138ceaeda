import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { messageOf, Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { type Config, envName, SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

const DEFAULT_FILE = 'loopwatch.yaml';

/** Where a value was found, for the sentence that says what is wrong with it. */
interface Found {
  text: string;
  where: string;
}

/** What a process may be; each alone but for `all`. */
export const ROLES = ['all', 'collector', 'server', 'synthetics'] as const;
export type Role = (typeof ROLES)[number];

export interface ConfigInput {
  args: readonly string[];
  /** Default `all`. */
  role?: Role;
  env: Readonly<Record<string, string | undefined>>;
  /** Reads a file; undefined when there is none. */
  readFile?: (path: string) => string | undefined;
}

/**
 * Flags over environment over file over defaults. Nothing else in the product reads flags or the environment.
 * @throws Problem `invalid_config` with all problems at once, a line each
 */
export function readConfig({
  args,
  role = 'all',
  env,
  readFile = readIfThere,
}: ConfigInput): Config | 'help' {
  const problems: string[] = [];
  const flags = readFlags(args, problems);
  if (flags.has('help')) return 'help';
  const file = readConfigFile(flags.get('config') ?? env.LOOPWATCH_CONFIG, readFile, problems);
  refuseUnknownVariables(env, problems);
  const config: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const found = lookUp(name, flags, env, file);
    try {
      config[name] = SETTINGS[name].parse(found.text);
    } catch (thrown) {
      problems.push(`${found.where}: ${messageOf(thrown)}`);
    }
  }
  if (problems.length === 0) checkTogether(config as Config, role, problems);
  if (problems.length > 0) throw new Problem('invalid_config', problems.join('\n'));
  return config as Config;
}

function lookUp(
  name: SettingName,
  flags: Map<string, string>,
  env: ConfigInput['env'],
  file: Map<string, Found>,
): Found {
  const flag = flags.get(name);
  if (flag !== undefined) return { text: flag, where: `--${name}` };
  const variable = env[envName(name)];
  if (variable !== undefined && variable !== '') return { text: variable, where: envName(name) };
  return file.get(name) ?? { text: SETTINGS[name].default, where: `default of ${name}` };
}

function readFlags(args: readonly string[], problems: string[]): Map<string, string> {
  const known = Object.fromEntries(SETTING_NAMES.map((name) => [name, { type: 'string' as const }]));
  const options = {
    ...known,
    config: { type: 'string' as const },
    help: { type: 'boolean' as const, short: 'h' },
  };
  const flags = new Map<string, string>();
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  let valueOfUnknown = -1;
  for (const token of tokens) {
    if (token.kind === 'positional' && token.index !== valueOfUnknown)
      problems.push(`"${token.value}" is not understood; settings are given as --name value`);
    if (token.kind !== 'option') continue;
    if (!(token.name in options)) {
      problems.push(`${token.rawName} is not a setting${suggest(token.name, Object.keys(options), '--')}`);
      valueOfUnknown = token.index + 1;
    } else if (token.name === 'help') flags.set('help', '');
    else if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--')))
      problems.push(`--${token.name} needs a value`);
    else flags.set(token.name, token.value);
  }
  return flags;
}

function readConfigFile(
  given: string | undefined,
  readFile: (path: string) => string | undefined,
  problems: string[],
): Map<string, Found> {
  const path = given ?? DEFAULT_FILE;
  const values = new Map<string, Found>();
  const text = readFile(path);
  if (text === undefined) {
    if (given !== undefined) problems.push(`The config file ${path} cannot be read`);
    return values;
  }
  const document = parseDocument(text, { uniqueKeys: true });
  for (const error of document.errors) problems.push(`${path}: ${error.message.split('\n')[0]}`);
  if (document.errors.length > 0) return values;
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    problems.push(`${path}: expected "setting: value" lines`);
    return values;
  }
  for (const [name, value] of Object.entries(content as object)) {
    if (!(name in SETTINGS))
      problems.push(`${path}: "${name}" is not a setting${suggest(name, SETTING_NAMES, '')}`);
    else if (value !== null && typeof value === 'object')
      problems.push(`${path}: "${name}" takes a single value`);
    else values.set(name, { text: String(value ?? ''), where: `${path}: ${name}` });
  }
  return values;
}

function refuseUnknownVariables(env: ConfigInput['env'], problems: string[]): void {
  const known = [...SETTING_NAMES.map(envName), 'LOOPWATCH_CONFIG'];
  for (const name of Object.keys(env))
    if (name.startsWith('LOOPWATCH_') && !known.includes(name))
      problems.push(`${name} in the environment is not a setting${suggest(name, known, '')}`);
}

/** What is wrong only in combination. */
function checkTogether(config: Config, role: Role, problems: string[]): void {
  if ((role === 'collector' || role === 'server') && config['clickhouse-url'] === '')
    problems.push(
      `A ${role} of its own shares a ClickHouse server with the other roles: set ${envName('clickhouse-url')}; the embedded engine is for "npm start" with all roles in one process`,
    );
  if (role === 'collector' && config['ingest-token'] === '' && wantsSenderToken(config))
    problems.push(
      `Other machines can reach this collector, so senders need a token: set ${envName('ingest-token')} to a long random text. Tokens of the page Tokens are known to "npm start" with all roles only`,
    );
  if (config.auth === 'off' && isPublic(config))
    problems.push(
      '--auth off is for this machine only: without log-in anybody who reaches --http-host, --public-url or --http-names could do everything. Leave it away',
    );
  if (config['max-body'] * 4 > config['journal-budget'])
    problems.push(
      '--journal-budget must be at least four times --max-body, or a single large request could fill it',
    );
}

/** Whether other machines can reach the dashboard, directly or by a proxy that has a name for it. */
function isPublic(config: Config): boolean {
  return !isLoopback(config['http-host']) || config['public-url'] !== '' || config['http-names'].length > 0;
}

/** Whether dashboard and API want a log-in. */
export function wantsLogIn(config: Config): boolean {
  return config.auth === 'on' || (config.auth === 'auto' && isPublic(config));
}

/** Whether senders must show a token: one is set, or other machines can send. */
export function wantsSenderToken(config: Config): boolean {
  return (
    config['ingest-token'] !== '' ||
    !isLoopback(config['otlp-http-host']) ||
    !isLoopback(config['otlp-grpc-host'])
  );
}

/** Only this machine can reach an address like this. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function suggest(word: string, candidates: readonly string[], prefix: string): string {
  const close = nearest(word, candidates);
  return close === undefined ? '; see --help' : `; did you mean ${prefix}${close}?`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { help, value, default: fallback } = SETTINGS[name];
    const shown = fallback === '' ? '' : ` (${fallback})`;
    return `  ${`--${name} ${value}`.padEnd(42)} ${help}${shown}\n  ${''.padEnd(42)} ${envName(name)}`;
  });
  return `Loopwatch: closed-loop monitoring. Takes in OpenTelemetry, stores it in ClickHouse, shows it on a dashboard.

Usage: npm start -- [settings]             the whole product
       npm start -- collector [settings]   takes telemetry in, and nothing else: --clickhouse-url
       npm start -- server [settings]      rules, API and dashboard: --clickhouse-url, --otlp-endpoint
       npm start -- synthetics [settings]  journeys and checks from another place: --location, --otlp-endpoint

Each setting is a flag, an environment variable or a line "name: value" in the config file; flags win over the
environment, the environment over the file.

  ${'--config FILE'.padEnd(42)} config file (${DEFAULT_FILE}, when it is there)
  ${''.padEnd(42)} LOOPWATCH_CONFIG
${rows.join('\n')}
  ${'--help'.padEnd(42)} this text

Exit codes: 0 stopped as asked, 1 could not start or failed, 2 wrong settings.
`;
}
