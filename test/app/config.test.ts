/** One specification: flags over environment over file over defaults, and every mistake told at once. */
import { describe, expect, test } from 'vitest';
import {
  type ConfigInput,
  helpText,
  isLoopback,
  readConfig,
  wantsLogIn,
  wantsSenderToken,
} from '../../app/config.ts';
import { type Config, envName, SETTING_NAMES, SETTINGS } from '../../app/settings.ts';
import type { Problem } from '../../base/errors.ts';

interface Given {
  args?: string[];
  env?: Record<string, string>;
  file?: string;
}

const input = ({ args = [], env = {}, file }: Given): ConfigInput => ({ args, env, readFile: () => file });

function read(given: Given): Config {
  const config = readConfig(input(given));
  if (config === 'help') throw new Error('only help');
  return config;
}

/** The lines of what is wrong. */
function problems(given: Given): string[] {
  try {
    readConfig(input(given));
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'invalid_config' });
    return (thrown as Problem).message.split('\n');
  }
  return [];
}

describe('a setting', () => {
  test('has a default that is right', () => {
    expect(read({})).toMatchObject({
      'http-host': '127.0.0.1',
      'http-port': 8080,
      'otlp-http-port': 4318,
      'max-body': 64 * 2 ** 20,
      'retention-traces': 30 * 86_400_000,
      'log-level': 'info',
    });
  });

  test.each<[string, Given, number]>([
    ['the file over the default', { file: 'http-port: 1' }, 1],
    ['the environment over the file', { file: 'http-port: 1', env: { LOOPWATCH_HTTP_PORT: '2' } }, 2],
    [
      'a flag over both',
      { file: 'http-port: 1', env: { LOOPWATCH_HTTP_PORT: '2' }, args: ['--http-port', '3'] },
      3,
    ],
    ['a flag with an equals sign', { args: ['--http-port=4'] }, 4],
    ['the last of several flags', { args: ['--http-port=4', '--http-port', '5'] }, 5],
    [
      'the file where the environment is empty',
      { file: 'http-port: 1', env: { LOOPWATCH_HTTP_PORT: '' } },
      1,
    ],
  ])('comes from %s', (_, given, port) => {
    expect(read(given)['http-port']).toBe(port);
  });

  test.each(SETTING_NAMES)('%s can be given in all three ways under one name', (name) => {
    const text = SETTINGS[name].default === '' ? 'http://x' : SETTINGS[name].default;
    const wanted = SETTINGS[name].parse(text);
    expect(read({ args: [`--${name}`, text] })[name]).toEqual(wanted);
    expect(read({ env: { [envName(name)]: text } })[name]).toEqual(wanted);
    expect(read({ file: `${name}: ${JSON.stringify(text)}` })[name]).toEqual(wanted);
  });

  test('from the file may be a number', () => {
    expect(read({ file: 'otlp-http-port: 14318\ningest-token: 12345' })).toMatchObject({
      'otlp-http-port': 14318,
      'ingest-token': '12345',
    });
  });
});

describe('what is wrong', () => {
  test('is told all at once, a line each with its place', () => {
    expect(
      problems({
        args: ['--http-port', 'eighty', '--max-body=10', 'start'],
        env: { LOOPWATCH_LOG_LEVEL: 'loud', LOOPWATCH_COLOUR: 'red' },
        file: 'retention-traces: soon\nrules:\n  a: 1\n',
      }),
    ).toEqual([
      expect.stringMatching(/^"start" is not understood/),
      expect.stringMatching(/^loopwatch\.yaml: "rules" is not a setting/),
      expect.stringMatching(/^LOOPWATCH_COLOUR in the environment is not a setting/),
      expect.stringMatching(/^--http-port: "eighty" is not a port between 0 and 65535$/),
      expect.stringMatching(/^--max-body: "10" is not a size like/),
      expect.stringMatching(/^loopwatch\.yaml: retention-traces: "soon" is not a duration like/),
      expect.stringMatching(/^LOOPWATCH_LOG_LEVEL: "loud" is none of debug, info, warn, error$/),
    ]);
  });

  test.each<[Given, RegExp]>([
    [{ args: ['--htp-port', '1'] }, /--htp-port is not a setting; did you mean --http-port\?/],
    [{ args: ['--data-dri=x'] }, /did you mean --data-dir\?/],
    [{ env: { LOOPWATCH_DATADIR: 'x' } }, /LOOPWATCH_DATADIR .*did you mean LOOPWATCH_DATA_DIR\?/],
    [{ file: 'ingest-tokn: x' }, /"ingest-tokn" is not a setting; did you mean ingest-token\?/],
    [{ args: ['--xyz'] }, /--xyz is not a setting; see --help/],
    [{ args: ['-p', '1'] }, /-p is not a setting/],
    [{ args: ['--http-port'] }, /--http-port needs a value/],
    [{ args: ['--config', 'gone.yaml'] }, /The config file gone\.yaml cannot be read/],
    [{ file: 'a: [' }, /loopwatch\.yaml: /],
    [{ file: '- a' }, /expected "setting: value" lines/],
    [{ file: 'data-dir: [a, b]' }, /"data-dir" takes a single value/],
    [{ file: 'http-port: 1\nhttp-port: 2' }, /loopwatch\.yaml: .*unique/],
    [{ args: ['--http-port', '65536'] }, /not a port between 0 and 65535/],
    [{ args: ['--clickhouse-url', 'nonsense'] }, /not a URL like/],
    [
      { args: ['--max-body', '1GiB', '--journal-budget', '2GiB'] },
      /--journal-budget must be at least four times --max-body/,
    ],
  ])('%j', (given, sentence) => {
    expect(problems(given)).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('off loopback', () => {
  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.com', '128.0.0.1', '127.0.0.1.example.com'])(
    '%s means log-in and tokens',
    (host) => {
      const dashboard = read({ args: ['--http-host', host] });
      expect({ logIn: wantsLogIn(dashboard), token: wantsSenderToken(dashboard) }).toEqual({
        logIn: true,
        token: false,
      });
      const otlp = read({ args: ['--otlp-grpc-host', host] });
      expect({ logIn: wantsLogIn(otlp), token: wantsSenderToken(otlp) }).toEqual({
        logIn: false,
        token: true,
      });
    },
  );

  test.each([
    ['--http-host', '0.0.0.0'],
    ['--public-url', 'https://watch.example'],
    ['--http-names', 'watch.lan'],
  ])('--auth off is refused with %s %s', (...args) => {
    expect(wantsLogIn(read({ args }))).toBe(true);
    expect(problems({ args: [...args, '--auth', 'off'] })).toEqual([expect.stringMatching(/--auth off/)]);
  });

  test.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(true);
    const config = read({ args: ['--otlp-http-host', host, '--http-host', host] });
    expect(wantsLogIn(config) || wantsSenderToken(config)).toBe(false);
  });
});

describe('--help', () => {
  test.each([['--help'], ['-h'], ['--http-port', 'wrong', '--help']])(
    'wins over everything else: %j',
    (...args) => {
      expect(readConfig(input({ args }))).toBe('help');
    },
  );

  test('lists every setting with its variable and what it does', () => {
    const text = helpText();
    for (const name of SETTING_NAMES)
      for (const part of [`--${name} `, envName(name), SETTINGS[name].help]) expect(text).toContain(part);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(140);
  });
});

test('a secret is never in a message', () => {
  const secret = 'hunter2hunter2';
  const given: Given[] = [
    { args: ['--ingest-token', secret, '--http-port', 'x'] },
    { env: { LOOPWATCH_INGEST_TOKEN: secret }, args: ['--nonsense'] },
    { args: ['--clickhouse-url', `http//user:${secret}@host`] },
    { env: { CLICKHOUSE_URL: `http//user:${secret}@host` } },
  ];
  for (const one of given) {
    const lines = problems(one);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).not.toContain(secret);
  }
});
