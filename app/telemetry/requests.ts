import { type Meter, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';

/** A request of the API or a page, answered. */
export interface HandledRequest {
  method: string;
  /** As it is declared, e.g. `/api/traces/:id`: never what somebody typed. */
  route: string;
  status: number;
  /** Unix milliseconds. */
  startedAt: number;
  ms: number;
}

/** So many requests a second are traced; the rest is only counted. An open page makes one in two seconds. */
const TRACED_A_SECOND = 10;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Semantic conventions for HTTP metrics. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Counts every request and traces some, by OpenTelemetry's semantic conventions for HTTP servers. */
export function watchRequests(tracer: Tracer, meter: Meter): (request: HandledRequest) => void {
  const durations = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  let second = 0;
  let traced = 0;
  return ({ method, route, status, startedAt, ms }) => {
    const attributes = {
      'http.request.method': METHODS.has(method) ? method : '_OTHER',
      'http.route': route,
      'http.response.status_code': status,
    };
    durations.record(ms / 1_000, attributes);
    const now = Math.floor(startedAt / 1_000);
    traced = now === second ? traced + 1 : 1;
    second = now;
    if (traced > TRACED_A_SECOND) return;
    const name = `${attributes['http.request.method']} ${route}`;
    const span = tracer.startSpan(name, {
      kind: SpanKind.SERVER,
      startTime: startedAt,
      attributes,
      root: true,
    });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(startedAt + ms);
  };
}
