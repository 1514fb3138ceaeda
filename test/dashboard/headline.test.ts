import { expect, test } from 'vitest';
import { type Headline, textOf } from '../../dashboard/src/state/headline/words.ts';
import { headlineOf as headlineFrom } from '../../dashboard/src/state/headline.ts';
import type { ServiceSummary, ServicesView } from '../../model/service.ts';
import type { Status } from '../../model/status.ts';

const HOUR = { from: 0, to: 3_600_000 };

function service(
  name: string,
  requests: number,
  errors: number,
  p95: number,
  basis: 'server' | 'root' = 'server',
) {
  const row: ServiceSummary = {
    service: name,
    basis,
    apdex: null,
    versions: [],
    lastSeen: 0,
    requests,
    errors,
    p50: 1,
    p95: requests > 0 ? p95 : null,
    p99: 1,
    trend: [],
    errorTrend: [],
  };
  return row;
}

function view(...services: ServiceSummary[]): ServicesView {
  return { range: HOUR, environments: [], services };
}

function status(state: Status['store']['state'], detail = ''): Status {
  return {
    version: '0',
    startedAt: 0,
    otlpEndpoint: 'http://localhost:14318',
    ingest: { requests: 0, acceptedItems: 0, refusedItems: 0, lastAcceptedAt: null, lastRejection: null },
    journal: { bytes: 41_200_000, lagMs: state === 'ok' ? 0 : 83_000, setAside: 0 },
    store: { state, detail, engine: 'embedded' },
    disk: null,
    offenders: [],
    rules: null,
  };
}

const words = (headline: Headline) => [textOf(headline.sentence), textOf(headline.second)];
const headlineOf = (services: ServicesView, status: Status | undefined, phrase: string, env: string) =>
  headlineFrom({ services, status, phrase, env, now: 0 });

test('nothing ever arrived: where to send, as configured', () => {
  const headline = headlineOf(view(), status('ok'), 'in the last hour', '');
  expect(headline.kind).toBe('nothing');
  expect(words(headline)[0]).toBe(
    'Nothing has arrived yet. Send OpenTelemetry to http://localhost:14318; this page fills within 2 seconds.',
  );
});

test('the product itself is nobody that reports', () => {
  const own = service('loopwatch', 600, 0, 5);
  expect(headlineOf(view(own), status('ok'), 'in the last hour', '').kind).toBe('nothing');
  expect(words(headlineOf(view(own, service('a', 10, 0, 5)), status('ok'), '', ''))).toEqual([
    '1 service reports, no target is set yet. Busiest: a, 0.167/min, 0 of 10 failed, p95 5 ms.',
    '',
  ]);
});

test('a store that is far behind is said before any value of it', () => {
  const late = { ...status('ok'), journal: { bytes: 41_200_000, lagMs: 83_000, setAside: 0 } };
  const headline = headlineOf(view(service('a', 10, 0, 5)), late, 'in the last hour', '');
  expect(headline).toMatchObject({ state: 'blind', kind: 'behind' });
  expect(words(headline)[0]).toContain('behind');
  expect(words(headline)[1]).toContain('41.2 MB');
});

test('services without targets: how many, and the busiest', () => {
  const services = view(
    service('a', 10, 0, 5),
    service('shop-web', 42 * 3600, 454, 210),
    service('gone', 0, 0, 0),
  );
  const headline = headlineOf(services, status('ok'), 'in the last hour', '');
  expect(words(headline)).toEqual([
    '2 services report, no target is set yet. Busiest: shop-web, 42/s, 0.3 % errors, p95 210 ms.',
    'Most errors: shop-web, 0.3 % (454 of 151 k). Slowest: shop-web, p95 210 ms.',
  ]);
  expect(headline.sentence).toContainEqual({ text: 'shop-web', path: '/services/shop-web' });
});

test('below 100 requests a share is not called a percentage', () => {
  const headline = headlineOf(view(service('a', 3, 1, 5)), status('ok'), '', '');
  expect(words(headline)).toEqual([
    '1 service reports, no target is set yet. Busiest: a, 0.05/min, 1 of 3 failed, p95 5 ms.',
    '',
  ]);
});

test('a nightly job of three runs is not called the slowest of the servers', () => {
  const services = view(
    service('web', 5000, 0, 80),
    service('job', 3, 1, 98_000, 'root'),
    service('new', 5, 5, 900),
  );
  expect(words(headlineOf(services, status('ok'), '', ''))[1]).toBe(
    'No request failed. Slowest: web, p95 80 ms.',
  );
});

test('a store that is down is blind, never "nothing has arrived", and says what happens to the data', () => {
  const headline = headlineOf(view(), status('down', 'The engine stopped.'), '', '');
  expect(headline).toMatchObject({ state: 'blind', kind: 'store-down' });
  expect(words(headline)[1]).toBe(
    'The engine stopped. Telemetry is still accepted: 41.2 MB wait in the journal, the oldest for 1 min 23.',
  );
  expect(headlineOf(view(service('a', 5, 0, 1)), status('starting'), '', '').kind).toBe('starting');
});

test('known services that are silent are not "nothing has arrived"', () => {
  const headline = headlineOf(view(service('a', 0, 0, 0)), status('ok'), 'in the last hour', '');
  expect(words(headline)).toEqual([
    'No requests arrived in the last hour.',
    '1 service is known from before.',
  ]);
  expect(words(headlineOf(view(), status('ok'), 'in the last hour', 'prod'))[0]).toBe(
    'No requests arrived from prod in the last hour.',
  );
});

test('a hostile name stays a short noun in the sentence', () => {
  const headline = headlineOf(view(service(`\u202e${'x'.repeat(1e6)}`, 500, 0, 1)), undefined, '', '');
  expect(words(headline)[0]!.length).toBeLessThan(200);
});
