/** Files to rules: what is right, and everything that is wrong at once. */
import { describe, expect, test } from 'vitest';
import { load, problemsOf, rule } from '../make-rule.ts';

const SIGNAL = 'signals: { x: { spans: count, window: 1m } }\n';
const GOOD = `name: good\n${SIGNAL}if: { signal: x, gt: 5 }\n`;

test('the defaults of a rule are filled in', () => {
  expect(rule(`${SIGNAL}if: { signal: x, gt: 5 }`)).toMatchObject({
    mode: 'active',
    every: 30_000,
    delay: 20_000,
    summary: 'test',
    if: { kind: 'compare', id: 'if', op: 'gt', threshold: 5, recover: null, for: 0 },
    onNoData: { state: 'keep', for: 900_000, then: 'ok' },
    onError: { state: 'keep', for: 0, then: 'keep' },
    then: [{ kind: 'incident', groupBy: [], attach: [] }],
    else: [{ kind: 'incident', resolve: 'auto', after: 0, retrospective: 'draft' }],
    signals: { x: { kind: 'spans', measure: 'count', where: [], by: [], window: 60_000 } },
  });
});

test('branches are named by their place in the file', () => {
  const one = rule(
    `${SIGNAL}if: { all: [{ signal: x, gt: 5 }, { not: { any: [{ signal: x, gt: 9, for: 1m }] } }] }`,
  );
  expect(JSON.stringify(one.if).match(/"id":"[^"]+"/g)).toEqual(
    ['if', 'if.all[0]', 'if.all[1]', 'if.all[1].not', 'if.all[1].not.any[0]'].map((id) => `"id":"${id}"`),
  );
});

test.each([
  ['{ a: b }', '=', ['b']],
  ['{ a: [b, c] }', '=', ['b', 'c']],
  ['{ a: "!b" }', '!=', ['b']],
  ['{ a: ["!b", "!c"] }', '!=', ['b', 'c']],
  ['{ a: "~b.*" }', '=~', ['b.*']],
  ['{ a: "!~b|c" }', '!~', ['b|c']],
  ['{ a: "=~b" }', '=', ['~b']],
  ['{ a: 500 }', '=', ['500']],
  ['{ a: true }', '=', ['true']],
  ['{ a: "" }', '=', ['']],
])('where %s', (where, op, values) => {
  const one = rule(`signals: { x: { spans: count, where: ${where}, window: 1m } }\nif: { signal: x, gt: 5 }`);
  expect(one.signals.x).toMatchObject({ where: [{ key: 'a', op, values }] });
});

test.each([
  [
    'ratio: { bad: { spans: count, where: { status: error } }, total: { spans: count }, window: 5m }',
    '5%',
    0.05,
  ],
  [
    'ratio: { bad: { spans: count, where: { status: error } }, total: { spans: count }, window: 5m }',
    '0.1%',
    0.001,
  ],
  ['spans: p95, window: 5m', '800ms', 800],
  ['spans: p95, window: 5m', '1.5s', 1_500],
  ['metric: m, reduce: avg, window: 5m', '2GiB', 2 * 2 ** 30],
  ['metric: m, reduce: avg, window: 5m', '-3', -3],
])('a threshold of { %s } as %s', (signal, written, threshold) => {
  expect(rule(`signals: { x: { ${signal} } }\nif: { signal: x, gt: ${written} }`).if).toMatchObject({
    threshold,
  });
});

test('YAML is 1.2: on is a word, and 1:30 a text', () => {
  const one = rule(`labels: { switch: on, time: 1:30 }\n${SIGNAL}if: { signal: x, gt: 5 }`);
  expect(one.labels).toEqual({ switch: 'on', time: '1:30' });
});

test('an edit of words keeps the version, one of what decides does not', () => {
  const versionOf = (text: string) => rule(text).version;
  const base = `${SIGNAL}if: { signal: x, gt: 5 }`;
  expect(versionOf(`summary: other\nlabels: { a: b }\n${base}`)).toBe(versionOf(base));
  expect(versionOf(base.replace('5 }', '6 }'))).not.toBe(versionOf(base));
});

test('all mistakes of all files are told at once, each at its place, with what was probably meant', () => {
  const { set } = load({
    'a.yaml': 'name: a\nevry: 30s\nsignals:\n  x: { spans: cont, window: 1m }\nif: { signal: x, gt: 5 }\n',
    'b.yaml': `name: b\n${SIGNAL}if:\n  all:\n    - { signal: other, gt: 5 }\n    - { rule: god }\n`,
    'c.yaml': 'receivers:\n  - { name: shop, url: "ftp://x", payload: mail }\n',
    'd.yaml': 'name: d\nname: e\n',
    'good.yaml': GOOD,
  });
  expect(problemsOf(set)).toEqual([
    'a.yaml:2:1 "evry" is not known here; did you mean "every"?',
    'a.yaml:4:15 signals.x.spans: must be count, rate, or a quantile of durations like p95',
    'b.yaml:5:17 if.all[0].signal: there is no signal "other"; there are x',
    'b.yaml:6:15 if.all[1].rule: there is no rule "god"; did you mean "good"?',
    'c.yaml:2:24 receivers[0].url: must be an address that begins with https:// or http://, or a reference to one, env:NAME or file:PATH',
    'c.yaml:2:44 receivers[0].payload: must be one of alertmanager, incident.v1, slack',
    'd.yaml:2:1 this is not YAML: Map keys must be unique',
  ]);
  expect(set.rules.map(({ name }) => name)).toEqual(['good']);
});

test('what is wrong in its meaning is told also when the form is wrong', () => {
  const files = {
    'a.yaml': `name: a\nkeep_firing_fr: 5m\n${SIGNAL}if: { signal: y, gtt: 5, for: 5q }\n`,
    'b.yaml':
      'route: { receiver: nobody, group_wait: 5q }\nreceivers: [{ name: shop, url: https://x.example, falback: other }]\n',
  };
  expect(problemsOf(load(files).set)).toEqual([
    'a.yaml:2:1 "keep_firing_fr" is not known here; did you mean "keep_firing_for"?',
    'a.yaml:4:15 if.signal: there is no signal "y"; did you mean "x"?',
    'a.yaml:4:18 if: "gtt" is not known here; did you mean "gt"?',
    'a.yaml:4:31 if.for: must be a duration like 90s, 5m, 2m30s or 4h',
    'b.yaml:1:20 route.receiver: there is no receiver "nobody"; there are shop',
    'b.yaml:1:40 route.group_wait: must be a duration like 90s, 5m, 2m30s or 4h',
    'b.yaml:2:13 receivers[0].fallback: there is no receiver "other"; there are shop',
    'b.yaml:2:51 receivers[0]: "falback" is not known here; did you mean "fallback"?',
  ]);
  expect(load(files).set).toMatchObject({ rules: [], receivers: [], route: null });
});

test('a duration may have several units, and an address may be a reference', () => {
  const { set } = load({
    'a.yaml': `name: a\nevery: 1m30s\n${SIGNAL}if: { signal: x, gt: 5, for: 1h2m30s }\n`,
    'b.yaml': 'receivers: [{ name: shop, url: "env:CHAT_URL" }]\n',
  });
  expect(set.problems).toEqual([]);
  expect(set.rules[0]).toMatchObject({ every: 90_000, if: { for: 3_750_000 } });
  expect(set.receivers[0]).toMatchObject({ url: 'env:CHAT_URL' });
});

describe('a mistake in a rule:', () => {
  const cases: readonly [string, string, string][] = [
    ['no condition', SIGNAL, '1:1 "if" is missing'],
    [
      'no kind of signal',
      'signals: { x: { window: 1m } }\nif: { signal: x, gt: 5 }',
      'signals.x: this signal is none of metric',
    ],
    [
      'two kinds',
      'signals: { x: { spans: count, logs: count, window: 1m } }\nif: { signal: x, gt: 5 }',
      'is spans and logs at once',
    ],
    ['no window', 'signals: { x: { spans: count } }\nif: { signal: x, gt: 5 }', 'needs "window"'],
    [
      'a window off the grid',
      'signals: { x: { spans: count, window: 7s } }\nif: { signal: x, gt: 5 }',
      'must be a multiple of 5s',
    ],
    ['every off the grid', `every: 7s\n${SIGNAL}if: { signal: x, gt: 5 }`, 'every: must be a multiple of 5s'],
    ['no comparison', `${SIGNAL}if: { signal: x }`, 'needs exactly one comparison'],
    ['two comparisons', `${SIGNAL}if: { signal: x, gt: 5, lt: 9 }`, 'needs exactly one comparison'],
    [
      'recovery the same way',
      `${SIGNAL}if: { signal: x, gt: 5, recover: { gt: 2 } }`,
      'must look the other way',
    ],
    ['recovery beyond', `${SIGNAL}if: { signal: x, gt: 5, recover: { lt: 6 } }`, 'beyond the threshold'],
    ['an unknown unit', `${SIGNAL}if: { signal: x, gt: 5q }`, 'must be a number, or one with a unit'],
    ['a duration of a count', `${SIGNAL}if: { signal: x, gt: 5m }`, 'not a duration'],
    [
      'a comparison of yes or no',
      'signals: { x: { deploy: { within: 1h } } }\nif: { signal: x, gt: 5 }',
      'is yes or no',
    ],
    [
      'an unknown field',
      `summary: "{{ signals.x.valeu }}"\n${SIGNAL}if: { signal: x, gt: 5 }`,
      'there is no field "signals.x.valeu"',
    ],
    [
      'a filter that does not fit',
      `summary: "{{ signals.x.value | join }}"\n${SIGNAL}if: { signal: x, gt: 5 }`,
      'join takes list',
    ],
    [
      'an unknown filter',
      `summary: "{{ signals.x.value | shell }}"\n${SIGNAL}if: { signal: x, gt: 5 }`,
      '"shell" is not a filter',
    ],
    [
      'an open template',
      `summary: "{{ signals.x.value"\n${SIGNAL}if: { signal: x, gt: 5 }`,
      'must stand in pairs',
    ],
    [
      'a label twice',
      'labels: { a: b }\nsignals: { x: { spans: count, by: [a], window: 1m } }\nif: { signal: x, gt: 5 }',
      'give this label already',
    ],
    [
      'labels that do not fit',
      'signals: { x: { spans: count, by: [a], window: 1m }, y: { spans: count, by: [b], window: 1m } }\nif: { any: [{ signal: x, gt: 5 }, { signal: y, gt: 5 }] }',
      'x by [a], y by [b]; one of them must have all labels [a, b]',
    ],
    [
      'a pattern that RE2 lacks',
      'signals: { x: { spans: count, where: { a: "~(?!b)" }, window: 1m } }\nif: { signal: x, gt: 5 }',
      'RE2 does not know',
    ],
    [
      'a broken pattern',
      'signals: { x: { spans: count, where: { a: "~(" }, window: 1m } }\nif: { signal: x, gt: 5 }',
      'is not a regular expression',
    ],
    [
      'mixed forms',
      'signals: { x: { spans: count, where: { a: [b, "!c"] }, window: 1m } }\nif: { signal: x, gt: 5 }',
      'mixes forms',
    ],
    [
      'an unknown receiver',
      `${SIGNAL}if: { signal: x, gt: 5 }\nthen: [{ notify: shop }]`,
      'there is no receiver "shop"',
    ],
    [
      'an unknown hook',
      `${SIGNAL}if: { signal: x, gt: 5 }\nthen: [{ remediate: { hook: h, target: t, action: a } }]`,
      'there is no hook "h"',
    ],
    [
      'bounds upside down',
      `${SIGNAL}if: { signal: x, gt: 5 }\nthen: [{ scale: { hook: h, target: t, desired: { step: 1 }, bounds: { min: 5, max: 2 } } }]`,
      '"min" is greater than "max"',
    ],
    [
      'two ways to scale',
      `${SIGNAL}if: { signal: x, gt: 5 }\nthen: [{ scale: { hook: h, target: t, desired: { step: 1, to: 3 }, bounds: { min: 1, max: 2 } } }]`,
      'exactly one of step, to, factor',
    ],
    [
      'a group that no instance has',
      `${SIGNAL}if: { signal: x, gt: 5 }\nthen: [{ incident: { group_by: [host] } }]`,
      'no instance has a label "host"',
    ],
    [
      'then without for',
      `${SIGNAL}if: { signal: x, gt: 5 }\non_no_data: { then: alert }`,
      '"then" needs "for"',
    ],
    ['an unknown SLO', 'signals: { x: { slo_burn: { slo: s } } }\nif: { signal: x }', 'there is no slo "s"'],
    [
      'a circle of one',
      `${SIGNAL}if: { any: [{ signal: x, gt: 5 }, { rule: test }] }`,
      'round in a circle: test → test',
    ],
    [
      'a rate in a ratio',
      'signals: { x: { ratio: { bad: { spans: rate }, total: { spans: count }, window: 1m } } }\nif: { signal: x, gt: 5% }',
      'must count events',
    ],
    [
      'window beside ratio',
      'signals: { x: { ratio: { bad: { spans: count }, total: { spans: count }, window: 1m }, window: 1m } }\nif: { signal: x, gt: 5% }',
      'does not belong beside "ratio"',
    ],
  ];
  test.each(cases)('%s', (_, text, message) => {
    const problems = problemsOf(load({ 'r.yaml': `name: test\n${text}` }).set);
    expect(problems.join('\n')).toContain(message);
  });

  test('an empty file, a list, and a file of another kind', () => {
    const problems = problemsOf(load({ 'a.yaml': '', 'b.yaml': '- a', 'c.yaml': 'recievers: []' }).set);
    expect(problems).toEqual([
      'a.yaml:1:1 the file is empty',
      'b.yaml:1:1 a file is a map of keys',
      'c.yaml:1:1 "recievers" is not known here; did you mean "receivers"?',
    ]);
  });
});

describe('several files', () => {
  test('of one name: the first keeps it', () => {
    const { set } = load({ 'a.yaml': GOOD, 'b.yaml': GOOD });
    expect(problemsOf(set)).toEqual(['b.yaml:1:7 name: rule "good" is in a.yaml already']);
    expect(set.rules.map(({ file }) => file)).toEqual(['a.yaml']);
  });

  test('that go round in a circle are told of, each', () => {
    const looking = (name: string, at: string) => `name: ${name}\nif: { rule: ${at} }\n`;
    const { set } = load({
      'a.yaml': looking('a', 'b'),
      'b.yaml': looking('b', 'a'),
      'c.yaml': looking('c', 'a'),
      'good.yaml': GOOD,
    });
    expect(problemsOf(set)).toEqual([
      'a.yaml:2:5 if: the rules go round in a circle: a → b → a',
      'b.yaml:2:5 if: the rules go round in a circle: b → a → b',
    ]);
    expect(set.rules.map(({ name }) => name)).toEqual(['c', 'good']);
  });

  test('fifty of them with one bad: the others are in force, the bad one as it was last good', () => {
    const files = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`r${i}.yaml`, GOOD.replace('good', `r${i}`)]),
    );
    const before = load(files);
    const { set } = load({ ...files, 'r7.yaml': files['r7.yaml']!.replace('gt: 5', 'gt: [') }, before);
    expect(set.rules).toHaveLength(50);
    expect(set.problems.map(({ file }) => file)).toEqual(expect.arrayContaining(['r7.yaml']));
    expect(load({ ...files, 'r7.yaml': 'if: [' }).set.rules, 'never good').toHaveLength(49);
  });

  test('a reference to a file with a mistake is no mistake', () => {
    const { set } = load({
      'r.yaml': `${GOOD}then: [{ notify: shop }]`,
      'receivers.yaml': 'receivers: [{ name: shop, url: 5 }]',
    });
    expect(set.problems.map(({ file }) => file)).toEqual(['receivers.yaml']);
  });
});

describe('a hook', () => {
  const CLUSTER =
    'hooks: [{ name: k8s, kubernetes: { server: "https://10.0.0.1:6443", namespace: shop, token: "file:/t", ca: "file:/ca" } }]';
  const scaling = (target: string) =>
    `${GOOD}then: [{ scale: { hook: k8s, target: ${target}, desired: { step: 1 }, bounds: { min: 1, max: 3 } } }]`;

  test('is an address, or a Kubernetes API server with its token by reference', () => {
    const { set } = load({ 'r.yaml': scaling('deployments/checkout'), 'h.yaml': CLUSTER });
    expect(problemsOf(set)).toEqual([]);
    expect(set.hooks).toMatchObject([
      {
        name: 'k8s',
        to: { kind: 'kubernetes', server: 'https://10.0.0.1:6443', namespace: 'shop', token: 'file:/t' },
        timeout: 10_000,
      },
    ]);
    const plain = load({ 'h.yaml': 'hooks: [{ name: a, url: "https://a.example", secrets: ["env:S"] }]' });
    expect(plain.set.hooks).toMatchObject([
      { to: { kind: 'http', url: 'https://a.example', secrets: ['env:S'] } },
    ]);
  });

  test.each([
    ['neither', 'hooks: [{ name: a }]', GOOD, 'exactly one of url, kubernetes'],
    [
      'a token as itself',
      CLUSTER.replace('"file:/t"', 'eyJhbGciOi'),
      GOOD,
      'the secret itself does not belong into a file',
    ],
    ['signed by a secret', CLUSTER.replace(/\}\]$/, ', secrets: ["env:S"] }]'), GOOD, 'takes its token'],
    ['on something that is no workload', CLUSTER, scaling('checkout'), 'like deployments/checkout'],
    [
      'for a remedy',
      CLUSTER,
      `${GOOD}then: [{ remediate: { hook: k8s, target: t, action: a } }]`,
      'which only scales',
    ],
  ])('of Kubernetes, %s, is told of', (_, hooks, rule, message) => {
    const problems = problemsOf(load({ 'h.yaml': hooks, 'r.yaml': rule }).set);
    expect(problems.join('\n')).toContain(message);
  });
});

describe('an objective', () => {
  const slo = (objective: string) => `slos:
  - name: s
    objective: ${objective}
    bad: { spans: count, where: { status: error } }
    total: { spans: count }`;

  test.each([
    ['99.9%', '0.999'],
    ['99.99%', '0.9999'],
    ['"0.999"', '0.999'],
    ['99%', '0.99'],
    ['5%', '0.05'],
    ['99.9000000001%', '0.999000000001'],
  ])('%s is %s to the digit', (written, objective) => {
    const { set } = load({ 's.yaml': slo(written) });
    expect(set.problems).toEqual([]);
    expect(set.slos[0]!.objective).toBe(objective);
  });

  test.each(['100%', '0%', '1', '0', 'most'])('%s is none', (written) => {
    expect(load({ 's.yaml': slo(written) }).set.problems).toHaveLength(1);
  });

  test('is part of what burns, so that an edit of it reaches the rule', () => {
    const burn = 'name: b\nsignals: { x: { slo_burn: { slo: s } } }\nif: { signal: x }';
    const before = load({ 'b.yaml': burn, 's.yaml': slo('99%') });
    const after = load({ 'b.yaml': burn, 's.yaml': slo('99.9%') }, before);
    expect(after.set.rules[0]!.signals.x).toMatchObject({ objective: '0.999' });
    expect(after.set.rules[0]!.version).not.toBe(before.set.rules[0]!.version);
  });
});
