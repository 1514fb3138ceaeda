/** Changes that make a rule fire earlier: in force and in its file they are the same. */
import { describe, expect, test } from 'vitest';
import { variantsOf } from '../../../rules/language/variants.ts';
import { load, problemsOf } from '../make-rule.ts';

const text = (condition: string) => `name: slow
signals:
  p95: { spans: p95, where: { service.name: checkout }, window: 1m }
  errors: { spans: count, where: { status: error }, window: 1m }
# What pages.
if: ${condition}
`;

function madeOf(condition: string) {
  const file = text(condition);
  const { set } = load({ 'slow.yaml': file });
  expect(problemsOf(set)).toEqual([]);
  return variantsOf(set.rules[0]!, file);
}

test.each([
  ['{ signal: p95, gt: 800ms, recover: { lt: 500ms }, for: 2m }', 4],
  ['{ all: [{ signal: p95, gt: 1.5s, for: 90s }, { signal: errors, gte: 20 }], for: 10s }', 4],
  ['{ any: [{ signal: p95, lt: 800 }, { not: { signal: errors, gt: 5, for: 1m } }] }', 2],
])('the changed file loads to the changed rule: %s', (condition, count) => {
  const made = madeOf(condition);
  expect(made).toHaveLength(count);
  for (const { what, rule, text: changed } of made) {
    const { set } = load({ 'slow.yaml': changed });
    expect(problemsOf(set), what).toEqual([]);
    expect(set.rules[0]!.if, what).toEqual(rule.if);
  }
});

test('`for` stays on the grid of ticks, and can come to nothing', () => {
  const [halved, quarter] = madeOf('{ signal: errors, gt: 0, for: 15s }');
  expect([halved!.rule.if.for, quarter!.rule.if.for]).toEqual([5_000, 0]);
  expect(quarter!.text).toContain('for: 0s');
});

describe('nothing is changed', () => {
  test.each([
    ['without `for` and thresholds', '{ signal: errors, gt: 0 }'],
    ['below a not', '{ not: { signal: errors, gt: 5, for: 1m } }'],
    ['where the threshold would come to its recovery', '{ signal: errors, gt: 10, recover: { lt: 9.5 } }'],
  ])('%s', (_, condition) => {
    expect(madeOf(condition)).toEqual([]);
  });

  test('when the file is another one by now', () => {
    const { set } = load({ 'slow.yaml': text('{ signal: errors, gt: 0, for: 2m }') });
    expect(variantsOf(set.rules[0]!, text('{ signal: errors, gt: 0, for: 3m }'))).toEqual([]);
    expect(variantsOf(set.rules[0]!, 'name: [')).toEqual([]);
  });
});
