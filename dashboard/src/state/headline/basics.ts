/** The headline while there is little to say: no store, no data, no targets. */
import type { ServiceSummary, ServicesView } from '../../../../model/service.ts';
import type { Status } from '../../../../model/status.ts';
import { bytes, count, duration, percent, plural, rate, throughput } from '../../format.ts';
import { label } from '../../text.ts';
import { servicePath } from '../routes.ts';
import { type Headline, noun as named, type Piece } from './words.ts';

/** What the store says of itself goes before all values, for they may not be those of now; null when all is well. */
export function storeHeadline(status: Status | undefined): Headline | null {
  if (status?.store.state === 'down') return storeDown(status);
  if (status?.store.state === 'starting') return starting(status);
  return status !== undefined && status.journal.lagMs > BEHIND_MS ? behind(status) : null;
}

function storeDown(status: Status): Headline {
  return {
    state: 'blind',
    kind: 'store-down',
    sentence: ['We cannot say how the services do: the store is down.'],
    second: [...detail(status), journalWords(status)],
  };
}

function starting(status: Status): Headline {
  return {
    state: 'blind',
    kind: 'starting',
    sentence: ['The store is starting; values follow in a moment.'],
    second: [...detail(status), journalWords(status)],
  };
}

/** What was accepted longer ago should be stored by now; below it, a burst is just being written. */
const BEHIND_MS = 15_000;

function behind(status: Status): Headline {
  return {
    state: 'blind',
    kind: 'behind',
    sentence: [`The store is ${duration(status.journal.lagMs)} behind; these values miss what came since.`],
    second: [journalWords(status)],
  };
}

function detail(status: Status): string[] {
  return status.store.detail === '' ? [] : [`${label(status.store.detail, 400)} `];
}

function journalWords({ journal }: Status): string {
  if (journal.bytes === 0) return 'Telemetry is still accepted and waits in the journal.';
  return `Telemetry is still accepted: ${bytes(journal.bytes)} wait in the journal, the oldest for ${duration(journal.lagMs)}.`;
}

export function nothing(status: Status | undefined): Headline {
  const endpoint = status?.otlpEndpoint ?? 'http://localhost:4318';
  return {
    state: 'new',
    kind: 'nothing',
    sentence: [
      `Nothing has arrived yet. Send OpenTelemetry to ${endpoint}; this page fills within 2 seconds.`,
    ],
    second: [],
  };
}

export function quiet(view: ServicesView, rangePhrase: string, env: string): Headline {
  const where = env === '' ? '' : ` from ${label(env, 60)}`;
  return {
    state: 'blind',
    kind: 'quiet',
    sentence: [`No requests arrived${where} ${rangePhrase}.`],
    second:
      view.services.length === 0
        ? ['Choose another environment or a wider time.']
        : [`${plural(view.services.length, 'service is', 'services are')} known from before.`],
  };
}

export function noTargets(reporting: ServiceSummary[], view: ServicesView): Headline {
  const busiest = most(reporting, (each) => each.requests);
  return {
    state: 'new',
    kind: 'no-targets',
    sentence: [
      `${plural(reporting.length, 'service reports', 'services report')}, no target is set yet. Busiest: `,
      noun(busiest),
      `, ${throughput(busiest.requests, view.range)}, ${rate(busiest.errors, busiest.requests)}`,
      `${busiest.requests < 99.5 ? ' failed' : ' errors'}, p95 ${duration(busiest.p95)}.`,
    ],
    second: reporting.length < 2 ? [] : extremes(reporting),
  };
}

/** Fewer requests than this make a rate or a percentile an anecdote; they only count when nobody has more. */
const ENOUGH = 100;

/** Line two: where to look first, as long as no target says what is bad. Jobs and browsers are not set against servers. */
function extremes(reporting: ServiceSummary[]): Piece[] {
  const servers = prefer(reporting, (each) => each.basis === 'server');
  const solid = prefer(servers, (each) => each.requests >= ENOUGH);
  const failing = most(solid, (each) => each.errors / each.requests);
  const slowest = most(solid, (each) => each.p95 ?? 0);
  return [...failureWords(failing), 'Slowest: ', noun(slowest), `, p95 ${duration(slowest.p95)}.`];
}

function failureWords(failing: ServiceSummary): Piece[] {
  if (failing.errors === 0) return ['No request failed. '];
  const counts = `${count(failing.errors)} of ${count(failing.requests)}`;
  const share =
    failing.requests < ENOUGH ? counts : `${percent(failing.errors / failing.requests)} (${counts})`;
  return ['Most errors: ', noun(failing), `, ${share}. `];
}

function prefer<T>(all: T[], test: (each: T) => boolean): T[] {
  const some = all.filter(test);
  return some.length > 0 ? some : all;
}

function most(services: ServiceSummary[], by: (service: ServiceSummary) => number): ServiceSummary {
  return services.reduce((best, each) => (by(each) > by(best) ? each : best));
}

function noun({ service }: ServiceSummary): Piece {
  return named(service, servicePath(service));
}
