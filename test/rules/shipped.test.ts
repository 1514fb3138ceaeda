/** Every rule that we ship or show is right, and does what its tests say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES, readRulesFolder } from '../../rules/language/folder.ts';
import { lintRules } from '../../rules/language/lint.ts';
import { loadRules } from '../../rules/language/load.ts';
import { runTestFile } from '../../rules/test/file.ts';
import { problemsOf } from './make-rule.ts';

const EXAMPLES = fileURLToPath(new URL('../../docs/rules/', import.meta.url));

describe.each([
  ['shipped rules', DEFAULT_RULES],
  ['worked examples', EXAMPLES],
])('%s', (_, folder) => {
  const { rules, tests } = readRulesFolder(folder);
  const loaded = loadRules(rules);

  test('have no mistake, and nothing that is probably not meant', () => {
    expect(problemsOf(loaded.set)).toEqual([]);
    expect(lintRules(loaded)).toEqual([]);
  });

  test('each have a test', () => {
    const tested = new Set(tests.map(({ file }) => file));
    expect(loaded.set.rules.filter(({ file }) => !tested.has(file.replace(/\.yaml$/, '.test.yaml')))).toEqual(
      [],
    );
  });

  test.each(tests.map(({ file, text }) => [basename(file), text] as const))('%s', (file, text) => {
    const { results, problems } = runTestFile({ file, text }, loaded.set);
    expect(problems).toEqual([]);
    expect(results.filter(({ mismatches }) => mismatches.length > 0)).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  });

  test('name the schema that completes them', () => {
    for (const file of readdirSync(folder).filter((name) => /(?<!\.test)\.yaml$/.test(name))) {
      const [, schema] =
        /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(folder + file, 'utf8')) ?? [];
      expect(schema !== undefined && existsSync(new URL(schema, `file://${folder}`)), file).toBe(true);
    }
  });
});

test('the documentation shows ten examples, and names each', () => {
  const text = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');
  const names = readRulesFolder(EXAMPLES).tests.map(({ file }) => file.replace('.test.yaml', '.yaml'));
  expect(names).toHaveLength(10);
  expect(names.filter((name) => !text.includes(`rules/${name}`))).toEqual([]);
});
