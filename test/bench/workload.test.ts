import { beforeAll, describe, expect, test } from 'vitest';
import { readSpanId } from '../../bench/workload/ids.ts';
import { traceRequests } from '../../bench/workload/traces.ts';
import { admit } from '../../collector/wire/admit.ts';
import { decode, encode, type Request, type Span } from '../../drills/fuzz/decoded.ts';

/** Further fields of the decoded messages that these tests look at. */
interface FullSpan extends Span {
  name: string;
  kind: number;
  endTimeUnixNano: bigint;
  events: (Span['events'][number] & { name: string })[];
  links: (Span['links'][number] & { spanId: Uint8Array })[];
  status?: { code: number };
}

const START = Date.UTC(2026, 0, 15, 12);
const PER_REQUEST = 512;
const bodies = (seed: number, count: number) => {
  const source = traceRequests({ seed, spansPerRequest: PER_REQUEST, startAt: START });
  return Array.from({ length: count }, () => source.next().value);
};
const spansOf = (request: Request) =>
  request.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)) as FullSpan[];
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const sent = bodies(1, 40);
let requests: Request[];
let spans: FullSpan[];
beforeAll(() => {
  requests = sent.map(({ body }) => decode(body));
  spans = requests.flatMap(spansOf);
});
const share = (what: (span: FullSpan) => boolean) => spans.filter(what).length / spans.length;

describe('trace workload', () => {
  test('is what the protobuf library would have written', () => {
    for (const [i, { body }] of sent.entries()) expect(encode(requests[i]!).equals(body)).toBe(true);
  });

  test('is the same for the same seed, and another for another', () => {
    expect(bodies(1, 3)).toEqual(sent.slice(0, 3));
    expect(bodies(2, 1)[0]!.body.equals(sent[0]!.body)).toBe(false);
  });

  test('goes on from any request', () => {
    const later = traceRequests({ seed: 1, spansPerRequest: PER_REQUEST, startAt: START, firstBatch: 2 });
    expect(spansOf(decode(later.next().value.body)).length).toBe(PER_REQUEST);
  });

  test('is taken by the collector whole, and its arrays are rewritten', () => {
    const window = { earliest: 0, latest: (START + 3_600_000) * 1e6 };
    const services = new Set<string>();
    for (const { body } of sent) {
      const admission = admit(body, 'traces', window);
      expect(admission).toMatchObject({ accepted: PER_REQUEST, rejected: 0 });
      expect(admission.body).not.toBe(body);
      for (const service of admission.sources.map(({ service }) => service)) services.add(service);
    }
    expect(services.size).toBe(10);
  });

  test('has 350 to 600 bytes a span', () => {
    const bytes = sent.reduce((sum, { body }) => sum + body.length, 0) / spans.length;
    expect(bytes).toBeGreaterThan(350);
    expect(bytes).toBeLessThan(600);
  });

  test('has 8 to 12 attributes a span, 8 to 10 a resource, arrays among those', () => {
    for (const { attributes } of spans) {
      expect(attributes.length).toBeGreaterThanOrEqual(8);
      expect(attributes.length).toBeLessThanOrEqual(12);
    }
    const resources = requests.flatMap(({ resourceSpans }) => resourceSpans.map(({ resource }) => resource!));
    for (const { attributes } of resources) {
      expect(attributes.length).toBeGreaterThanOrEqual(8);
      expect(attributes.length).toBeLessThanOrEqual(10);
    }
    expect(
      resources.some(({ attributes }) => attributes.some(({ value }) => value?.kind.case === 'arrayValue')),
    ).toBe(true);
  });

  test('has events, errors with stack traces, and a few links', () => {
    expect(share(({ events }) => events.length > 0)).toBeCloseTo(0.1, 1.5);
    const failed = spans.filter(({ status }) => status?.code === 2);
    expect(failed.length / spans.length).toBeCloseTo(0.02, 2);
    for (const { events } of failed)
      expect(events[0]!.attributes.map(({ key }) => key)).toContain('exception.stacktrace');
    expect(share(({ links }) => links.length > 0)).toBeGreaterThan(0.005);
    expect(share(({ links }) => links.length > 0)).toBeLessThan(0.1);
    for (const kind of [1, 2, 3, 4, 5]) expect(share((span) => span.kind === kind)).toBeGreaterThan(0.005);
  });

  test('has ids of its own for every span, which tell request and place', () => {
    expect(new Set(spans.map(({ spanId }) => hex(spanId))).size).toBe(spans.length);
    for (const [i, request] of requests.entries()) {
      const ids = spansOf(request).map(({ spanId }) => readSpanId(hex(spanId)));
      expect(new Set(ids.map(({ batch }) => batch))).toEqual(new Set([sent[i]!.batch]));
      expect(ids.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(PER_REQUEST).keys()]);
    }
  });
});

describe('its traces', () => {
  test('are whole trees of 5 to 40 spans within one request', () => {
    for (const trace of tracesOf(requests)) {
      expect(trace.length).toBeGreaterThanOrEqual(5);
      expect(trace.length).toBeLessThanOrEqual(40);
      expect(trace.filter(({ parentSpanId }) => parentSpanId.length === 0)).toHaveLength(1);
      const ids = new Set(trace.map(({ spanId }) => hex(spanId)));
      for (const { parentSpanId } of trace)
        if (parentSpanId.length > 0) expect(ids.has(hex(parentSpanId))).toBe(true);
    }
  });

  test('have servers below clients, and children within their parents unless a message lies between', () => {
    for (const trace of tracesOf(requests)) {
      const byId = new Map(trace.map((span) => [hex(span.spanId), span]));
      for (const span of trace) {
        const parent = byId.get(hex(span.parentSpanId));
        expect(span.endTimeUnixNano).toBeGreaterThanOrEqual(span.startTimeUnixNano);
        if (!parent) continue;
        expect(span.startTimeUnixNano).toBeGreaterThanOrEqual(parent.startTimeUnixNano);
        if (span.kind === 2) expect(parent.kind).toBe(3);
        if (span.kind === 5) expect(hex(span.links[0]!.spanId)).toBe(hex(parent.spanId));
        else expect(span.endTimeUnixNano).toBeLessThanOrEqual(parent.endTimeUnixNano);
      }
    }
  });
});

function tracesOf(all: readonly Request[]): FullSpan[][] {
  return all.flatMap((request) => {
    const traces = new Map<string, FullSpan[]>();
    for (const span of spansOf(request)) {
      const id = hex(span.traceId);
      traces.set(id, [...(traces.get(id) ?? []), span]);
    }
    return [...traces.values()];
  });
}
