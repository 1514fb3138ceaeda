/** A checks file: everything that is wrong with it is told at once, each with its line and what was meant. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { at } from '../../../synthetics/checks/expect.ts';
import { loadChecks } from '../../../synthetics/checks/load.ts';
import { redact, reveal } from '../../../synthetics/checks/secrets.ts';
import { testFolder } from '../../helpers/folder.ts';

const load = (text: string) => loadChecks(text, 'my.checks.yaml');
/** Problems of one check with this below its name, without the file's name. */
const problems = (definition: string) =>
  load(`checks:\n  - name: it\n${definition.replace(/^/gm, '    ')}`).problems.map((one) =>
    one.replace('my.checks.yaml:', ''),
  );

test('the shortest checks have sensible defaults', () => {
  const { checks, problems } = load(`
checks:
  - { name: web, http: https://shop.example/ }
  - { name: db, tcp: '[::1]:5432', every: 10s, tags: { team: shop }, locations: [fra] }
  - { name: mail, dns: shop.example, type: MX }
  - { name: cert, tls: shop.example:443, threshold: 2s }`);
  expect(problems).toEqual([]);
  expect(checks).toMatchObject([
    {
      kind: 'http',
      every: 60_000,
      timeout: 10_000,
      threshold: null,
      method: 'GET',
      redirects: 5,
      verify: true,
      expect: { status: [[200, 299]], certificate: null },
    },
    {
      kind: 'tcp',
      host: '::1',
      port: 5432,
      every: 10_000,
      tags: { team: 'shop' },
      locations: ['fra'],
      banner: null,
    },
    { kind: 'dns', type: 'MX', server: '', answers: [] },
    { kind: 'tls', servername: 'shop.example', certificate: 14 * 86_400_000, threshold: 2_000 },
  ]);
});

test('all problems at once, in the order of the file', () => {
  expect(
    problems(`http: https://shop.example/
evry: 30s
every: 1s
timeout: 3
expect:
  statsu: 200
  status: 99
  body: /(/`),
  ).toEqual([
    '4: "evry" is not known in a check of http; did you mean every?',
    '5: every: "1s" is not between 5s and 1d',
    '6: timeout: expected a duration like 10s',
    '8: "statsu" is not known in expect; did you mean status?',
    '9: expect.status: "99" is not a status like 200, 2xx or 200-299',
    '10: expect.body: Invalid regular expression: /(/: Unterminated group',
  ]);
});

test.each([
  ['file:///etc/passwd', /is not http or https; other targets are not looked at/],
  ['chrome://settings', /is not http or https/],
  ['ftp://shop.example', /is not http or https/],
  ['shop.example', /is not a URL/],
  ['https://ana:secret@shop.example', /credentials in a URL/],
  [`https://shop.example/\${ENV}`, /\$\{ENV\} is no reference to a secret; write \$\{env:NAME\}/],
])('a target that is not looked at is refused: %s', (target, message) => {
  expect(problems(`http: '${target}'`).join()).toMatch(message);
});

test.each([
  ['htp: https://x', '2: a check has one of http, tcp, dns, tls; did you mean http?'],
  ['http: https://x\ntcp: x:1', '2: a check has one of http, tcp, dns, tls, not http and tcp'],
  ['tcp: x', '3: tcp: "x" is not host:port'],
  ['tcp: x:70000', '3: tcp: "x:70000" is not host:port'],
  ['tls: x:1\nexpect: { certificate: soon }', /^4: expect.certificate: "soon" is not a duration/],
  ['dns: http://x', '3: dns: expected a host name like shop.example'],
  ['dns: x\nserver: ns.example', /^4: server: expected the address/],
  [
    'http: https://x\nheaders: { Host: a }',
    '4: headers: "Host" is set for every request and cannot be given',
  ],
  [
    'http: https://x\nexpect: { json: { a: [1] } }',
    '4: expect.json.a: expected a text, a number, true, false or null',
  ],
  ['http: https://x\nname: b', '4: Map keys must be unique'],
])('%s', (definition, message) => {
  const told = problems(definition).at(-1);
  if (typeof message === 'string') expect(told).toBe(message);
  else expect(told).toMatch(message);
});

test('what is right is loaded beside what is wrong', () => {
  const { checks, problems } = load(`checks:
  - { name: a, http: https://a }
  - { name: b }
  - 3
  - { name: a, http: https://c }
other: 1`);
  expect(checks.map(({ name }) => name)).toEqual(['a']);
  expect(problems.map((one) => one.slice(0, 60))).toEqual([
    'my.checks.yaml:3: a check has one of http, tcp, dns, tls',
    'my.checks.yaml:4: expected a check: "name:" and one of http,',
    'my.checks.yaml:5: there is a check "a" already, number 1 of ',
    'my.checks.yaml:6: "other" is not known here; a file has the ',
  ]);
});

test.each(['', 'checks:', 'checks: 3', '[]', 'a: [', '\u0000', 'checks: [*a]'])(
  'nonsense is a problem, not an exception: %j',
  (text) => {
    expect(load(text).problems.length).toBeGreaterThan(0);
  },
);

test('a bomb of aliases is refused', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
checks: [{ name: a, http: https://a, tags: { x: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c] } }]`;
  expect(load(bomb).problems.join()).toMatch(/alias/i);
});

test('a definition’s hash changes with it, and not with its neighbours', () => {
  const hash = (text: string) => load(text).checks[0]!.definition;
  const one = hash('checks: [{ name: a, http: https://a }]');
  expect(hash('# moved\nchecks: [{ name: a, http: https://a }, { name: b, http: https://b }]')).toBe(one);
  expect(hash('checks: [{ name: a, http: https://a, every: 2m }]')).not.toBe(one);
});

test('a path leads to own values only', () => {
  const content = { a: [{ 'b.c': 1 }], x: null };
  expect(at(content, '$.a[0]["b.c"]')).toBe(1);
  expect(at(content, 'x')).toBeNull();
  for (const path of ['a[1]', '__proto__.x', 'constructor', 'x.y'])
    expect(at(content, path), path).toBeUndefined();
});

test('a secret in a file is read at every run, without its last line break', () => {
  const folder = testFolder();
  const file = join(folder, 'my.checks.yaml');
  writeFileSync(join(folder, 'key'), 'a b\n');
  expect(reveal(`Bearer \${file:key}!`, {}, file)).toEqual({ text: 'Bearer a b!', secrets: ['a b'] });
  writeFileSync(join(folder, 'key'), 'c');
  expect(reveal(`\${file:./key}\${env:X}`, { X: 'd' }, file).text).toBe('cd');
  expect(() => reveal(`\${file:/gone}`, {}, file)).toThrow(
    `\${file:/gone} has no value here: the file cannot be read`,
  );
});

test('secrets are redacted as they are and as URLs write them, the longer one first', () => {
  expect(redact('?k=a%20b&l=a b&m=a bc', ['a b', 'a bc'])).toBe('?k=***&l=***&m=***');
});
