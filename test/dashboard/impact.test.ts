/** What is said of a release. */
import { expect, test } from 'vitest';
import { measureName, measureValue, verdictSentence } from '../../dashboard/src/state/impact.ts';
import { changeOf } from '../../model/impact.ts';

const ERRORS = changeOf('errors', 0.002, 0.25, 0, true);

test.each([
  ['worse', 'Worse since 1.4.3: errors 0.2 % → 25 %.'],
  ['better', 'Better since 1.4.3: errors 0.2 % → 25 %.'],
  ['same', 'No change since 1.4.3 beyond the usual.'],
  ['unknown', 'Too little traffic before or since 1.4.3 to compare.'],
] as const)('a verdict of %s is one sentence that names no cause', (word, sentence) =>
  expect(verdictSentence({ version: '1.4.3', verdict: { word, changes: [ERRORS] } })).toBe(sentence),
);

test('a release that was taken back says so', () => {
  const verdict = { word: 'same' as const, changes: [] };
  expect(verdictSentence({ version: '1.4.3', undone: true, verdict })).toBe(
    'No change since 1.4.3 beyond the usual. It was undone.',
  );
});

test('every number has its name and its unit', () => {
  expect(measureName({ measure: 'used', resource: 'filesystem|shop|/data' })).toBe('Disk /data');
  expect(measureValue('p95', 120)).toBe('120 ms');
  expect(measureValue('apdex', 0.9)).toBe('0.90');
  expect(measureValue('requests', 12)).toBe('12');
  expect(measureValue('used', null)).toBe('–');
});
