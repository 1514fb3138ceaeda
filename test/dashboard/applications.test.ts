import { describe, expect, test } from 'vitest';
import { apdexWords, applicationRows, changeWords } from '../../dashboard/src/state/applications.ts';
import { dependenciesOf } from '../../dashboard/src/state/dependencies.ts';
import { kioskScale } from '../../dashboard/src/state/kiosk.ts';
import { seenWords } from '../../dashboard/src/state/runs.ts';
import type { Application } from '../../model/application.ts';
import type { CapacityView, ResourceView } from '../../model/capacity.ts';
import type { MapEdge, MapView } from '../../model/map.ts';
import type { ProbeSummary, ProbesView } from '../../model/probes.ts';
import type { ServiceSummary } from '../../model/service.ts';

const RANGE = { from: 0, to: 3_600_000 };
const service = (name: string, more: Partial<ServiceSummary> = {}): ServiceSummary => ({
  ...{ service: name, basis: 'server', apdex: 1, versions: [], lastSeen: 0 },
  ...{ requests: 1_000, errors: 0, p50: 1, p95: 100, p99: 1, trend: [], errorTrend: [] },
  ...more,
});
const rowsOf = (services: ServiceSummary[], applications: Application[] = [], resources: object[] = []) =>
  applicationRows({ range: RANGE, environments: [], services }, { range: RANGE, applications }, {
    resources: resources as ResourceView[],
  } as CapacityView);
const past = (p95: number, more = {}): Application => ({
  ...{ service: 'a', release: null, day: [] },
  past: { of: 'week', requests: 1_000, p95, noise: 0, ...more },
});

describe('applications', () => {
  test('the worst first, each with what is worst named; the product itself is none of them', () => {
    const rows = rowsOf(
      [
        service('loopwatch', { errors: 900 }),
        service('fine'),
        service('silent', { requests: 0, apdex: null, p95: null }),
        service('fair', { apdex: 0.8 }),
        service('failing', { errors: 20 }),
        service('full', { requests: 500 }),
      ],
      [],
      [
        {
          id: 'a',
          kind: 'host-cpu',
          member: '',
          owner: 'full',
          used: 0.5,
          room: { known: false },
          full: null,
        },
        {
          id: 'b',
          kind: 'event-loop',
          member: '',
          owner: 'full',
          used: 0.92,
          room: { known: false },
          full: null,
        },
      ],
    );
    expect(rows.map((row) => `${row.service} ${row.tone}: ${row.why}`)).toEqual([
      'failing bad: 2 % errors',
      'full bad: Event loop 92 %',
      'fair watch: Apdex 0.80',
      'silent blind: silent: no requests in this time',
      'fine ok: good',
    ]);
  });

  test('few requests say nothing of errors and Apdex, and jobs have none', () => {
    expect(rowsOf([service('a', { requests: 10, errors: 5, apdex: 0.1 })])[0]).toMatchObject({ tone: 'ok' });
    expect(apdexWords(service('a', { requests: 10, apdex: 0.5 }))).toBe('0.50*');
    expect(apdexWords(service('a', { basis: 'root' }))).toBe('–');
  });

  test.each([
    ['+64 % worse', 164, past(100)],
    ['−12 % better', 88, past(100)],
    ['≈', 104, past(100)],
    ['≈', 164, past(100, { noise: 70 })],
    ['3.2 × worse', 320, past(100)],
    ['> 10 × worse', 9_000, past(100)],
    ['–', 164, past(100, { requests: 10 })],
    ['–', 164, { ...past(100), past: null }],
  ])('a change is told as "%s" only beyond chance', (words, p95, application) => {
    expect(changeWords(rowsOf([service('a', { p95 })], [application])[0]!)).toBe(words);
  });
});

describe('dependencies', () => {
  const edge = (from: string, to: string, errors: number, p95 = 1): MapEdge => ({
    ...{ from, to, requests: 100, errors, p50: 1, p95, p99: 1 },
  });
  const view = (...edges: MapEdge[]): MapView => ({
    ...{ range: RANGE, releases: [], truncated: false, edges },
    nodes: ['service:a', 'service:b', 'service:c', 'database:pg', 'queue:q'].map((id) => ({
      ...{ id, name: id, system: '' },
      kind: id.split(':')[0] as 'service',
    })),
  });
  const AB = edge('service:a', 'service:b', 0, 50);
  const BC = edge('service:b', 'service:c', 5);
  const AC = edge('service:a', 'service:c', 0);
  const DB = edge('service:a', 'database:pg', 0);
  const keys = (now: MapView, before?: MapView) =>
    dependenciesOf(now, before).rows.map(
      ({ edge: { from, to }, tone, isNew }) => `${from} ${to} ${tone} ${isNew}`,
    );

  test('the two worst calls, what is new, the worst components', () => {
    expect(keys(view(AB, BC, AC, DB), view(AB, BC, DB))).toEqual([
      'service:b service:c bad false',
      'service:a service:b ok false',
      'service:a service:c new true',
      'service:a database:pg ok false',
    ]);
  });

  test('nothing is new where no day before is known', () => {
    expect(keys(view(AB)).concat(keys(view(AB), view()))).toEqual(
      Array(2).fill('service:a service:b ok false'),
    );
  });
});

test('what was not seen is told beside what was, and no probe is no 100 %', () => {
  const probe = (up: number, down: number, blind: number) =>
    ({ scheduled: true, every: 60_000, availability: { up, down, blind } }) as ProbeSummary;
  const view = (...probes: ProbeSummary[]): ProbesView => ({ range: RANGE, probes, locations: [] });
  expect(seenWords(view(probe(9, 1, 0)))).toBe('Seen 100 %');
  expect(seenWords(view(probe(8, 0, 2)))).toBe('Seen 80 % (2 min blind)');
  expect([seenWords(view()), seenWords(undefined)]).toEqual(['', '']);
});

test('a kiosk draws the overview as large as it fits, never smaller than it is', () => {
  expect(kioskScale({ width: 1366, height: 768 })).toBe(1);
  expect(kioskScale({ width: 1920, height: 1080 })).toBe(1.4);
  expect(kioskScale({ width: 3840, height: 2160 })).toBe(2.81);
  expect(kioskScale({ width: 800, height: 600 })).toBe(1);
});
