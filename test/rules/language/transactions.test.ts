/** Transactions of SLOs as files say them. */
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../../rules/language/load.ts';

describe('a transaction', () => {
  const load = (text: string) =>
    loadRules([{ file: 's.yaml', text: `slos:\n  - { name: s, objective: 99%, ${text} }` }]);
  const loaded = (text: string) => {
    const { set } = load(text);
    expect(set.problems).toEqual([]);
    return set.slos[0]!;
  };

  test('is what its short names and "where" say, without errors and in time', () => {
    const { transaction } = loaded(
      'transaction: { service: checkout, operation: "~POST .*", environment: prod, where: { tier: gold } }, good: { faster_than: 1s }',
    );
    expect(transaction).toEqual({
      steps: [
        [
          { key: 'deployment.environment.name', op: '=', values: ['prod'] },
          { key: 'service.name', op: '=', values: ['checkout'] },
          { key: 'span.name', op: '=~', values: ['POST .*'] },
          { key: 'tier', op: '=', values: ['gold'] },
        ],
      ],
      withoutError: true,
      fasterThan: 1_000,
    });
  });

  test('burns as a rule reads it: spans where that is exact, else what was counted of it', () => {
    const plain = loaded('transaction: { service: checkout }');
    expect([plain.total.kind, plain.bad]).toEqual([
      'spans',
      expect.objectContaining({
        where: expect.arrayContaining([{ key: 'status', op: '=', values: ['error'] }]),
      }),
    ]);
    const timed = loaded('transaction: { service: checkout }, good: { faster_than: 1s }');
    expect([timed.total, timed.bad]).toMatchObject([
      { kind: 'slo', measure: 'valid', where: [{ values: ['s'] }, { values: [timed.definition] }] },
      { kind: 'slo', measure: 'bad' },
    ]);
  });

  test('is another one when something else counts, and the same when more is promised of it', () => {
    const text = 'transaction: { service: checkout }, good: { faster_than: 1s }';
    const { definition } = loaded(text);
    expect(loaded(text.replace('1s', '2s')).definition).not.toBe(definition);
    expect(loaded(`${text}, summary: x, window: { rolling: 7d }`).definition).toBe(definition);
  });

  test('has a value, and time that does not count', () => {
    const { value, maintenance } = loaded(
      'transaction: { service: a }, value: { amount: 45, currency: EUR }, maintenance: { periods: [{ from: 2026-01-01T00:00:00Z, to: 2026-01-01T02:00:00Z }] }',
    );
    expect(value).toEqual({ amount: 45, currency: 'EUR' });
    expect(maintenance.periods[0]!.to - maintenance.periods[0]!.from).toBe(7_200_000);
  });

  test.each([
    ['transaction: { servce: a }', 'did you mean "service"?'],
    ['transaction: {}', 'would match everything'],
    ['transaction: { service: a, where: { service.name: b } }', 'is the same as "service"'],
    ['transaction: { service: "~(" }', 'is not a regular expression'],
    ['transaction: { sequence: [{ service: a }] }', 'must have two steps or more'],
    ['transaction: { service: a, sequence: [{ service: a }, { service: b }] }', 'either "sequence", or'],
    ['transaction: { service: a }, bad: { spans: count }', 'must have either "transaction", or'],
    ['bad: { spans: count }', 'needs "total" as well'],
    ['summary: x', 'must have either "transaction", or'],
    ['bad: { spans: count }, total: { spans: count }, good: {}', 'belongs to "transaction"'],
    ['transaction: { service: a }, good: { without_error: false }', 'calls everything good'],
    ['transaction: { service: a }, good: { faster_then: 1s }', 'did you mean "faster_than"?'],
    ['transaction: { service: a }, value: { amount: 1, currency: euro }', 'must be a currency like EUR'],
    ['transaction: { service: a }, maintenance: { mute_times: [nights] }', 'there is no mute time "nights"'],
    [
      'transaction: { service: a }, maintenance: { periods: [{ from: 2026-01-02T00:00:00Z, to: 2026-01-01T00:00:00Z }] }',
      'is not after "from"',
    ],
  ])('with the mistake in %s says so at its place', (text, message) => {
    expect(load(text).set.problems).toContainEqual(
      expect.objectContaining({ file: 's.yaml', line: 2, message: expect.stringContaining(message) }),
    );
  });
});
