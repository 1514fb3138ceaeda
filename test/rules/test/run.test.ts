/** The runner of rule tests: what passes, what fails, and what it says then. */
import { describe, expect, test } from 'vitest';
import { runTestFile } from '../../../rules/test/file.ts';
import { load } from '../make-rule.ts';

const { set } = load({
  'queue.yaml': `name: queue
labels: { severity: page }
summary: "{{ signals.waiting.value }} wait"
signals: { waiting: { metric: waiting, reduce: last, window: 1m } }
if: { signal: waiting, gt: 10, for: 1m }
on_no_data: { state: keep, for: 5m, then: alert }
then: [{ notify: ops }]`,
  'hosts.yaml': `name: hosts
signals: { up: { metric: up, reduce: last, by: [host], window: 1m } }
if: { signal: up, lt: 1 }`,
  'team.yaml': 'receivers: [{ name: ops, url: "https://example.org/" }]',
});

function run(text: string) {
  const { results, problems } = runTestFile({ file: 't.yaml', text }, set);
  return {
    problems: problems.map(({ line, message }) => `${line} ${message}`),
    found: results.flatMap(({ mismatches }) => mismatches.map(({ at, message }) => `${at}: ${message}`)),
    results,
  };
}

const queue = (values: string, rest: string) =>
  run(
    `rule: queue\ntests:\n  - name: one\n    input: [{ series: waiting, every: 30s, values: '${values}' }]\n${rest}`,
  );

test('what is as expected passes', () => {
  const { found, problems } = queue(
    '1x3 20x10 1x10',
    `    expect:
      - { at: 1m, state: inactive, notify: { ops: 0 }, incidents: 0 }
      - { at: 2m30s, state: pending }
      - { at: 4m, state: firing, summary: 20 wait, notify: { ops: firing }, incidents: 1, unknown: none, flapping: false }
      - { at: 9m, state: inactive, reason: condition, notify: { ops: resolved } }`.replace('2m30s', '150s'),
  );
  expect({ found, problems }).toEqual({ found: [], problems: [] });
});

test('what is not is told at its moment, with every branch', () => {
  const { found, results } = queue(
    '1x3 20x10',
    `    expect:
      - { at: 150s, state: firing }
      - { at: 4m, state: inactive, summary: 9 wait, notify: { ops: 2 }, incidents: 0 }`,
  );
  expect(found).toEqual([
    '150s: state is pending, expected firing',
    '4m: state is firing, expected inactive',
    '4m: the summary is "20 wait", expected "9 wait"',
    '4m: the number of open incidents is 1, expected 0',
    '4m: times that ops was told it fires is 1, expected 2',
  ]);
  expect(results[0]!.mismatches[0]!.branches.join()).toMatch(/if +false, held 30s of 1m +waiting = 20/);
});

describe('faults', () => {
  const course = (fault: string) =>
    queue(
      '1x3 20x20 1x10',
      `    faults: [${fault}]
    expect:
      - { at: 6m, state: firing, notify: { ops: 1 }, incidents: 1 }
      - { at: 14m, state: inactive, notify: { ops: resolved }, incidents: 0 }`,
    ).found;

  test.each(['150s', '3m', '5m', '12m'])('a restart at %s for any time changes nothing in the end', (at) => {
    for (const down of ['20s', '1m'])
      expect(course(`{ at: ${at}, restart: { down_for: ${down} } }`)).toEqual([]);
  });

  test('while the data is down the rule holds its state, and one incident tells of the data', () => {
    const { found } = queue(
      '1x3 20x40',
      `    faults: [{ at: 6m, source_down: { for: 10m } }]
    expect:
      - { at: 5m, state: firing, incidents: 1 }
      - { at: 15m, state: firing, incidents: 2, notify: { ops: 1 } }
      - { at: 17m, state: firing, notify: { ops: 1 } }`,
    );
    expect(found).toEqual([]);
  });
});

test('instances are chosen by labels; without, the loudest counts', () => {
  const { found } = run(`rule: hosts
tests:
  - name: one
    input:
      - { series: 'up{host="a"}', values: '1x20' }
      - { series: 'up{host="b"}', values: '0x20' }
    expect:
      - { at: 5m, state: firing, incidents: 1 }
      - { at: 5m, labels: { host: a }, state: inactive }
      - { at: 5m, labels: { host: c }, state: firing }`);
  expect(found).toEqual(['5m: there is no instance with {"host":"c"}; there are {"host":"a"}, {"host":"b"}']);
});

test('every mistake in a file of tests is told with its line', () => {
  expect(run('rule: quee\ntests: [{ name: a, expect: [{ at: 1m }] }]').problems).toEqual([
    '1 rule: there is no rule "quee"; did you mean "queue"?',
  ]);
  expect(run('rule: queue\ntests:\n  - name: a\n    expct: []\n').problems).toEqual([
    '3 tests[0]: "expect" is missing',
    '4 tests[0]: "expct" is not known here; did you mean "expect"?',
  ]);
  const inputs = `rule: queue
tests:
  - name: a
    input:
      - { series: 'x{', values: '1' }
      - { series: x, values: '1+' }
      - { series: spans, values: '5 3' }
      - { probe: p, results: 'Q' }
      - { probe: p }
    faults: [{ at: 1m }]
    expect: [{ at: 1m, state: inactive }]`;
  expect(run(inputs).problems.map((problem) => problem.slice(0, 60))).toEqual([
    '5 tests[0].input[0]: "x{" is not a series like spans{service',
    '6 tests[0].input[1]: "1+" is not a number, 0+100x60 (61 valu',
    '7 tests[0].input[2]: spans and logs are counted, so values c',
    '8 tests[0].input[3]: "Q" is not one of P, L, F, S, T, X, _, ',
    '9 tests[0].input[4]: an input is a "series" with "values", o',
    '10 tests[0].faults[0]: a fault is either restart or source_d',
  ]);
});
