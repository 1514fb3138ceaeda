/** Whatever stands in a file, loading ends with rules and problems, and not with an exception. */
import { expect, test } from 'vitest';
import { DEFAULT_RULES, readRulesFolder } from '../../../rules/language/folder.ts';
import { lintRules } from '../../../rules/language/lint.ts';
import { loadRules } from '../../../rules/language/load.ts';
import { SEED, seeded } from '../../helpers/chance.ts';
import { load, problemsOf } from '../make-rule.ts';

const { rules: SHIPPED } = readRulesFolder(DEFAULT_RULES);

test('files that were damaged at random', () => {
  const random = seeded();
  const scraps = [
    '{',
    '}',
    '[',
    ']',
    ':',
    ' ',
    '\n',
    '- ',
    '"',
    '5m',
    '-1',
    'null',
    '&a ',
    '*a',
    '!!js ',
    '{{',
    '%',
    '\0',
    '\u202e',
    '1e999',
    '.nan',
    '__proto__: 1\n',
  ];
  for (let i = 0; i < 100; i++) {
    const damaged = SHIPPED.map(({ file, text }) => {
      if (!random.chance(0.4)) return { file, text };
      const from = random.below(text.length);
      return { file, text: text.slice(0, from) + random.of(scraps) + text.slice(from + random.below(30)) };
    });
    const loaded = (() => {
      try {
        return loadRules(damaged);
      } catch (thrown) {
        throw new Error(`SEED=${SEED} round ${i}`, { cause: thrown });
      }
    })();
    lintRules(loaded);
    const told = new Set(loaded.set.problems.map(({ file }) => file));
    const inForce = new Set([...loaded.set.rules, ...loaded.set.slos].map(({ file }) => file));
    for (const { file } of damaged)
      expect(
        told.has(file) || inForce.has(file) || loaded.parsed.get(file)?.settings,
        `SEED=${SEED} ${file}`,
      ).toBeTruthy();
  }
}, 60_000);

test('a bomb of anchors is a problem, not a full memory', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...[...'bcdefghij'].map((name, i) => `${name}: &${name} [${`*${'abcdefghij'[i]},`.repeat(9)}]`),
  ].join('\n');
  expect(problemsOf(load({ 'bomb.yaml': bomb }).set)).toEqual([
    expect.stringContaining('refers to its anchors'),
  ]);
});

test('a condition nested a thousand deep is a problem', () => {
  const deep = `name: deep\nsignals: { x: { spans: count, window: 1m } }\nif: ${'{ not: '.repeat(1_000)}{ signal: x, gt: 5 }${' }'.repeat(1_000)}`;
  const { set } = load({ 'deep.yaml': deep });
  expect(set.rules).toEqual([]);
  expect(set.problems).not.toEqual([]);
});

test.each(['__proto__', 'constructor', 'toString'])('a label called %s is refused', (name) => {
  const { set } = load({
    'a.yaml': `name: a\nlabels: { ${name}: x }\nsignals: { x: { spans: count, by: [${name}], window: 1m } }\nif: { signal: x, gt: 5 }`,
  });
  expect(set.rules).toEqual([]);
});

test('a file of more than a megabyte is a problem', () => {
  expect(problemsOf(load({ 'big.yaml': `name: a\n${'#'.repeat(1_000_001)}` }).set)).toEqual([
    expect.stringContaining('longer than 1 MB'),
  ]);
});
