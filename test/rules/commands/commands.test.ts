/** `npm run rules -- …` as people and CI see it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkCommand } from '../../../rules/commands/check.ts';
import { runCommand } from '../../../rules/commands/command.ts';
import { schemaCommand } from '../../../rules/commands/schema.ts';
import { testCommand } from '../../../rules/commands/test.ts';
import { testFolder } from '../../helpers/folder.ts';

const COMMANDS = { check: checkCommand('rules'), test: testCommand('rules'), schema: schemaCommand() };
const GOOD = 'name: good\nsignals: { x: { metric: m, reduce: avg, window: 1m } }\nif: { signal: x, gt: 5 }\n';
const PASSING = `rule: good
tests:
  - { name: fires, input: [{ series: m, values: '9x9' }], expect: [{ at: 1m, state: firing }] }
`;

async function rules(files: Record<string, string>, ...args: string[]) {
  const folder = testFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const said = { out: [] as string[], err: [] as string[] };
  const status = await runCommand(
    'npm run rules --',
    COMMANDS,
    args.map((arg) => arg.replace('FOLDER', folder)),
    (text) => void said.out.push(text.replaceAll(folder, 'FOLDER')),
    (text) => void said.err.push(text),
  );
  return { status, out: said.out.join(''), err: said.err.join('') };
}

test('check is silent about what is right, and exits 0', async () => {
  const { status, out } = await rules({ 'good.yaml': GOOD }, 'check', '--folder', 'FOLDER');
  expect(out).toMatch(/^1 rule, .* in 1 file, and \d+ shipped rules: 0 mistakes, 0 warnings\n$/);
  expect(status).toBe(0);
});

test('check tells every mistake with its place, and exits 1', async () => {
  const { status, out } = await rules(
    { 'good.yaml': GOOD, 'bad.yaml': GOOD.replace('gt', 'gtt') },
    'check',
    '--folder',
    'FOLDER',
  );
  expect(out).toContain(
    'FOLDER/bad.yaml\n  3:18     error    if: "gtt" is not known here; did you mean "gt"?\n',
  );
  expect(status).toBe(1);
});

test('warnings are mistakes only with --strict', async () => {
  const files = {
    'r.yaml':
      'name: r\nsignals: { x: { ratio: { bad: { logs: count }, total: { logs: count }, window: 5s } }, y: { spans: count, window: 1m } }\nif: { signal: x, gt: 5, for: 10s }\n',
  };
  const { status, out } = await rules(files, 'check', '--folder', 'FOLDER');
  for (const warning of [
    'this never holds',
    'did you mean 5%?',
    'shorter than "every"',
    'has no "min_events"',
    'y: is not used',
    'it changes nothing',
  ])
    expect(out).toContain(warning);
  expect(status).toBe(0);
  expect((await rules(files, 'check', '--folder', 'FOLDER', '--strict')).status).toBe(1);
});

test('check speaks JSON, and the words of GitHub Actions', async () => {
  const files = { 'bad.yaml': GOOD.replace('gt', 'gtt') };
  const { findings } = JSON.parse((await rules(files, 'check', '--folder', 'FOLDER', '--json')).out);
  expect(findings).toMatchObject([{ line: 3, column: 18, severity: 'error' }]);
  expect((await rules(files, 'check', '--folder', 'FOLDER', '--github')).out).toMatch(
    /^::error file=FOLDER\/bad.yaml,line=3,col=18::if: "gtt"/,
  );
});

test('test passes, fails and cannot be read with the right exit codes', async () => {
  const passed = await rules({ 'good.yaml': GOOD, 'good.test.yaml': PASSING }, 'test', '--folder', 'FOLDER');
  expect(passed.out).toMatch(/✓ FOLDER\/good.test.yaml \(1 test\)\n\n1 test in 1 file: 1 passed, 0 failed/);
  expect(passed.status).toBe(0);
  const failed = await rules(
    { 'good.yaml': GOOD, 'good.test.yaml': PASSING.replace('firing', 'pending') },
    'test',
    'FOLDER/good.yaml',
    '--folder',
    'FOLDER',
  );
  expect(failed.out).toContain('at 1m: state is firing, expected pending');
  expect(failed.status).toBe(1);
  expect(
    (await rules({ 'good.yaml': GOOD, 'good.test.yaml': 'rule: none' }, 'test', '--folder', 'FOLDER')).status,
  ).toBe(1);
});

test('help is there, and wrong usage exits 2', async () => {
  expect(await rules({}, '--help')).toMatchObject({ status: 0, out: expect.stringContaining('check') });
  expect(await rules({}, 'test', '--help')).toMatchObject({
    status: 0,
    out: expect.stringContaining('--folder DIR'),
  });
  expect(await rules({}, 'chek')).toMatchObject({
    status: 2,
    err: expect.stringContaining('did you mean "check"?'),
  });
  expect((await rules({}, 'check', '--nope')).status).toBe(2);
  expect((await rules({}, 'check', '--folder', '/nowhere/at/all')).status).toBe(2);
  expect((await rules({ 'good.yaml': GOOD }, 'test', 'other.yaml', '--folder', 'FOLDER')).status).toBe(2);
});
