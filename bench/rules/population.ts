/** Ten thousand rules of all kinds over two thousand series, and the data they look at. */
import type { Rule, RuleSet } from '../../model/rule.ts';
import { loadRules } from '../../rules/language/load.ts';
import type { Engine } from '../../store/engine.ts';

export const SERVICES = 200;
/** Ticks between two changes of a series: a fiftieth of them changes at each tick. */
const PERIOD = 50;
export const EVERY_MS = 10_000;
/** A window of five minutes half an hour ago. */
const LOOK_BACK_S = 2_100;

/** Share of each kind among ten thousand, and its signal; `$s` is a service, `$o` an operation, `$n` a series. */
const KINDS: readonly { share: number; signal: string; if: string }[] = [
  {
    share: 5_000,
    signal: `{ metric: bench.gauge, reduce: last, where: { series: "$n" }, window: 10s }`,
    if: 'gt: 0.5',
  },
  {
    share: 2_000,
    signal: `{ ratio: { bad: { spans: count, where: { service.name: $s, span.name: $o, status: error } }, total: { spans: count, where: { service.name: $s, span.name: $o } }, window: 5m, min_events: 10 } }`,
    if: 'gt: 50%',
  },
  {
    share: 1_000,
    signal: `{ spans: p95, where: { service.name: $s, span.name: $o }, window: 5m }`,
    if: 'gt: 10000',
  },
  {
    share: 1_000,
    signal: `{ metric: bench.sum, reduce: rate, where: { series: "$n" }, window: 5m }`,
    if: 'gt: 1e9',
  },
  {
    share: 500,
    signal: `{ logs: count, where: { service.name: $s, severity: error }, window: 5m }`,
    if: 'gt: 1e9',
  },
  {
    share: 300,
    signal: `{ change: { of: { spans: rate, where: { service.name: $s }, window: 5m }, against: { offset: 30m }, as: ratio } }`,
    if: 'gt: 100',
  },
  {
    share: 200,
    signal: `{ absent: { of: { spans: count, where: { service.name: $s }, window: 2m }, lookback: 30m } }`,
    if: '',
  },
];

/** So many rules, each kind in its share; the first kind changes state with its series. */
export function ruleSet(count: number, series: number): RuleSet {
  const templates = KINDS.map(templateOf);
  const rules: Rule[] = [];
  for (const [i, { share }] of KINDS.entries()) {
    const wanted = Math.round((share * count) / 10_000);
    for (let n = 0; n < wanted; n++) rules.push(filledIn(templates[i]!, n, series));
  }
  return { ...loadRules([]).set, rules };
}

function templateOf({ signal, if: condition }: (typeof KINDS)[number], i: number): Rule {
  const text = `name: kind-${i}
every: 10s
delay: 0s
labels: { severity: page }
summary: "{{ rule.name }}"
signals:
  it: ${signal}
if: { signal: it${condition === '' ? '' : `, ${condition}`} }
`;
  const { set } = loadRules([{ file: `kind-${i}.yaml`, text }]);
  if (set.problems.length > 0) throw new Error(set.problems[0]!.message);
  return set.rules[0]!;
}

function filledIn(rule: Rule, n: number, all: number): Rule {
  const series = n % all;
  const values = {
    $s: `service-${series % SERVICES}`,
    $o: `op-${Math.floor(series / SERVICES)}`,
    $n: String(series),
  };
  const text = JSON.stringify(rule).replace(/\$[son]/g, (name) => values[name as keyof typeof values]);
  return { ...JSON.parse(text), name: `${rule.name}-${n}` };
}

/** Fills the tables for evaluations in [from, to], unix ms, and what they look back at: a change against half an hour ago. */
export async function fillTables(engine: Engine, series: number, from: number, to: number): Promise<number> {
  const start = Math.floor(from / 1_000) - LOOK_BACK_S;
  const seconds = Math.ceil(to / 1_000) - start;
  const params = { start, series, services: SERVICES, period: PERIOD };
  await engine.command(
    `INSERT INTO span_red_5s SELECT toDateTime({start:UInt32} + 5 * intDiv(number, {series:UInt32} * 3)) AS Slot, 'prod',
       concat('service-', toString(number % {services:UInt32})), '1.0',
       concat('op-', toString(intDiv(number % {series:UInt32}, {services:UInt32}))), 'Server', true, false,
       toInt16(185 + intDiv(number, {series:UInt32}) % 3 * 4), 4, 4., number % 97 = 0 ? 1. : 0., 4e7
     FROM numbers(${(series * 3 * seconds) / 5})`,
    params,
  );
  await engine.command(
    `INSERT INTO log_counts_5s SELECT toDateTime({start:UInt32} + 5 * intDiv(number, {services:UInt32})), 'prod',
       concat('service-', toString(number % {services:UInt32})), 9, 3 FROM numbers(${(SERVICES * seconds) / 5})`,
    params,
  );
  for (const [kind, value] of [
    [
      'gauge',
      `toFloat64(intDiv(intDiv(number, {series:UInt32}) + number % {series:UInt32}, {period:UInt32}) % 2)`,
    ],
    ['sum', `toFloat64(10 * intDiv(number, {series:UInt32}))`],
  ] as const) {
    await engine.command(
      `INSERT INTO otel_metrics_${kind} (ServiceName, MetricName, Environment, Attributes, SeriesId, TimeUnix, Value, ValueKind${kind === 'sum' ? ', AggregationTemporality, IsMonotonic' : ''})
       SELECT concat('service-', toString(number % {services:UInt32})), 'bench.${kind}', 'prod',
         map('series', toString(number % {series:UInt32})), number % {series:UInt32},
         toDateTime64({start:UInt32} + 10 * intDiv(number, {series:UInt32}), 9), ${value}, 'double'${kind === 'sum' ? ', 2, true' : ''}
       FROM numbers(${(series * seconds) / 10})`,
      params,
    );
    await engine.insertRows('metric_catalogue', [
      { ServiceName: 'service-0', MetricName: `bench.${kind}`, Kind: kind, Points: 1 },
    ]);
  }
  return (series * 3 * seconds) / 5 + (2 * series * seconds) / 10 + (SERVICES * seconds) / 5;
}
