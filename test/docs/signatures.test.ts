/** The lines that docs/incidents.md shows for verifying a signature verify ours, and nothing else. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { webhookHeaders } from '../../rules/notify/signature.ts';
import { testFolder } from '../helpers/folder.ts';
import { SECRETS } from '../rules/notify/setting.ts';

const DOCUMENT = readFileSync(new URL('../../docs/incidents.md', import.meta.url), 'utf8');
const NEW = SECRETS['env:NEW']!;
const OLD = SECRETS['env:OLD']!;
const BODY = '{"text":"ä"}';

function example(language: string): string {
  const code = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(DOCUMENT)?.[1];
  expect(code).toBeDefined();
  return code!;
}

/** Headers, body and key, and whether they are genuine. */
function cases(): [Record<string, string>, string, string, boolean][] {
  const both = webhookHeaders('msg_1', Date.now(), BODY, [NEW, OLD]);
  return [
    [both, BODY, NEW, true],
    [both, BODY, OLD, true],
    [both, `${BODY} `, NEW, false],
    [both, BODY, `whsec_${Buffer.alloc(32, 1).toString('base64')}`, false],
    [webhookHeaders('msg_1', Date.now() - 3_600_000, BODY, [NEW]), BODY, NEW, false],
    [{ ...both, 'webhook-id': 'msg_2' }, BODY, NEW, false],
  ];
}

test('in JavaScript', async () => {
  const file = join(testFolder(), 'verify.mjs');
  writeFileSync(file, example('js'));
  const { isGenuine } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  for (const [headers, body, secret, genuine] of cases())
    expect(isGenuine(headers, body, secret)).toBe(genuine);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.runIf(hasPython)('in Python', () => {
  const program = `${example('python')}
import json, sys
for headers, body, secret, _ in json.load(sys.stdin):
    print(is_genuine(headers, body.encode(), secret))
`;
  const { stdout, stderr } = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(cases()),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line === 'True'),
  ).toEqual(cases().map(([, , , genuine]) => genuine));
});
