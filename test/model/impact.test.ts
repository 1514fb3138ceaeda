/** What a release changed, against numbers that can be checked by hand. */
import { describe, expect, test } from 'vitest';
import { type Change, changeOf, changesOf, type Sample, useChange, verdictOf } from '../../model/impact.ts';

function sample(more: Partial<Sample> = {}): Sample {
  return { requests: 1_000, errors: 10, p50: 50, p95: 100, p99: 200, apdex: 0.9, minutes: 10, ...more };
}
const window = (total: Sample, slots: Sample[] = []) => ({ total, slots });
const wordsOf = (changes: readonly Change[]) =>
  Object.fromEntries(changes.map(({ measure, word }) => [measure, word]));

test.each([
  ['p95', 100, 106, 0, 'worse'],
  ['p95', 100, 105, 0, 'same'],
  ['p95', 100, 94, 0, 'better'],
  ['p95', 100, 120, 25, 'same'],
  ['apdex', 0.8, 0.9, 0, 'better'],
  ['apdex', 0.8, 0.7, 0, 'worse'],
  ['requests', 10, 20, 0, 'more'],
  ['requests', 20, 10, 0, 'less'],
  ['p95', null, 10, 0, 'unknown'],
] as const)('%s from %j to %j with noise %d is %s', (measure, before, after, noise, word) =>
  expect(changeOf(measure, before, after, noise, true).word).toBe(word),
);

test('noise is three median deviations of the time before', () => {
  // Slots 80, 90, 100, 110, 140: median 100, deviations 0, 10, 10, 20, 40, so the median deviation is 10.
  const slots = [80, 90, 100, 110, 140].map((p95) => sample({ p95 }));
  const find = (p95: number) =>
    changesOf(window(sample(), slots), window(sample({ p95 }))).find(({ measure }) => measure === 'p95');
  expect(find(130)).toMatchObject({ noise: 30, word: 'same' });
  expect(find(131)?.word).toBe('worse');
});

test('a failure share must differ by more than chance', () => {
  // Pooled share 0.02 over 2 × 1,000: 3 · √(0.02 · 0.98 · 0.002) = 0.0188.
  const [, errors] = changesOf(window(sample()), window(sample({ errors: 30 })));
  expect(errors?.noise).toBeCloseTo(0.0188, 4);
  expect(errors?.word).toBe('worse');
  expect(changesOf(window(sample()), window(sample({ errors: 25 })))[1]?.word).toBe('same');
});

test('a latency in the next bucket may be the same', () => {
  expect(wordsOf(changesOf(window(sample()), window(sample({ p95: 109 })))).p95).toBe('same');
});

test('below 50 requests on a side only their number is compared', () => {
  const words = wordsOf(changesOf(window(sample()), window(sample({ requests: 49, p95: 900 }))));
  expect(words).toEqual({
    ...{ requests: 'less', errors: 'unknown', apdex: 'unknown' },
    ...{ p50: 'unknown', p95: 'unknown', p99: 'unknown' },
  });
});

test('use of a resource changes from 5 points of its limit on', () => {
  expect(useChange('disk', [0.1, 0.1, 0.1], [0.16, 0.16, 0.16])).toMatchObject({
    word: 'worse',
    resource: 'disk',
  });
  expect(useChange('disk', [0.01, 0.01, 0.01], [0.04, 0.04, 0.04]).word).toBe('same');
  expect(useChange('disk', [], [0.5]).word).toBe('unknown');
});

describe('the verdict', () => {
  const change = (measure: Change['measure'], before: number, after: number) =>
    changeOf(measure, before, after, 0, true);
  test('is by errors, Apdex and p95, the largest change first', () => {
    const verdict = verdictOf([change('p95', 100, 150), change('errors', 0.01, 0.2), change('p50', 50, 20)]);
    expect(verdict.word).toBe('worse');
    expect(verdict.changes.map(({ measure }) => measure)).toEqual(['errors', 'p95']);
  });
  test.each([
    ['better', [change('p95', 100, 50), change('errors', 0.01, 0.01)]],
    ['mixed', [change('p95', 100, 50), change('errors', 0.01, 0.2)]],
    ['same', [change('p95', 100, 101), change('p50', 50, 200)]],
    ['unknown', [changeOf('p95', null, 100, 0, true)]],
  ] as const)('can be %s', (word, changes) => expect(verdictOf(changes).word).toBe(word));
});
