import { writeSpanId } from './ids.ts';
import type { Operation } from './operations.ts';
import { ProtoWriter } from './protobuf.ts';
import { Random } from './random.ts';
import { SERVICES, type Service } from './shop.ts';
import { fixedAttribute, SpanWriter } from './span.ts';
import { type PlannedSpan, planTrace } from './trace.ts';

/** An OTLP export request as a sender would post it, not compressed. */
export interface ExportRequest {
  /** Number of the request, from 1; span ids encode it (`ids.ts`). */
  batch: number;
  /** Items in it. */
  items: number;
  body: Buffer;
}

export interface TraceWorkload {
  seed: number;
  spansPerRequest: number;
  /** Unix milliseconds at which the first trace begins. */
  startAt: number;
  /** Spans the shop makes in a second, i.e. how far apart in time requests are; default 20,000. */
  spansPerSecond?: number;
  /** Number of the first request; default 1. */
  firstBatch?: number;
}

/** Spans of a trace. */
export const TRACE_SPANS = { least: 5, most: 40 } as const;
/** Processes of each service. */
const INSTANCES = 4;

/**
 * The endless trace workload of goals.md: whole trees of 5 to 40 spans over ten services, grouped by resource and scope
 * as an agent's batch processor sends them, 8 to 12 span attributes, 10 % of the spans with an event, 2 % errors with
 * exception and stack trace, a few links. The same options give the same bytes.
 */
export function* traceRequests(options: TraceWorkload): Generator<ExportRequest, never> {
  const { seed, spansPerRequest, startAt, spansPerSecond = 20_000, firstBatch = 1 } = options;
  const writer = new RequestWriter();
  const msPerRequest = (spansPerRequest * 1_000) / spansPerSecond;
  for (let batch = firstBatch; ; batch++) {
    // Each request has a chance of its own, so that a drill can begin anywhere.
    const random = new Random(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(batch, 0x85ebca6b));
    const time = BigInt(Math.round(startAt + (batch - firstBatch) * msPerRequest)) * 1_000_000n;
    yield { batch, items: spansPerRequest, body: writer.write(random, batch, spansPerRequest, time) };
  }
}

/** Sizes of the traces in a request, in all exactly `spans`. */
function traceSizes(random: Random, spans: number): number[] {
  const sizes: number[] = [];
  let left = spans;
  while (left > TRACE_SPANS.most) {
    // Never leaves a rest that is too small for a tree.
    sizes.push(Math.min(random.between(TRACE_SPANS.least, TRACE_SPANS.most), left - TRACE_SPANS.least));
    left -= sizes.at(-1)!;
  }
  return [...sizes, left];
}

/** The spans of one scope of one service, as they come. */
interface Scoped {
  scope: Operation['scope'];
  spans: ProtoWriter;
}

/** Builds requests. Its buffers are used again, so it costs about a microsecond a span. */
class RequestWriter {
  readonly #request = new ProtoWriter(1 << 19);
  readonly #resourceSpans = new ProtoWriter(1 << 17);
  readonly #scopeSpans = new ProtoWriter(1 << 16);
  readonly #part = new ProtoWriter();
  readonly #spanWriter = new SpanWriter();
  readonly #resources = SERVICES.map((service) => resourcesOf(service));
  readonly #byService = SERVICES.map(() => new Map<string, Scoped>());

  write(random: Random, batch: number, items: number, time: bigint): Buffer {
    for (const scopes of this.#byService) for (const { spans } of scopes.values()) spans.reset();
    let index = 0;
    for (const size of traceSizes(random, items)) {
      const origin = time + BigInt(random.below(25_000_000));
      this.#writeTrace(random, planTrace(random, size), batch, index, origin);
      index += size;
    }
    this.#request.reset();
    for (const [service, scopes] of this.#byService.entries()) {
      const filled = [...scopes.values()].filter(({ spans }) => spans.length > 0);
      if (filled.length === 0) continue;
      this.#resourceSpans.reset().raw(random.of(this.#resources[service]!));
      for (const scoped of filled) this.#writeScope(scoped);
      this.#request.bytes(1, this.#resourceSpans.view());
    }
    return Buffer.from(this.#request.view());
  }

  #writeTrace(
    random: Random,
    spans: readonly PlannedSpan[],
    batch: number,
    first: number,
    origin: bigint,
  ): void {
    const trace = Buffer.allocUnsafe(16);
    for (let at = 0; at < 16; at += 4) trace.writeUInt32LE((random.bits() | 1) >>> 0, at);
    const ids = Buffer.allocUnsafe(8 * spans.length);
    for (const at of spans.keys()) writeSpanId(ids, at * 8, batch, first + at);
    const id = (at: number) => (at < 0 ? undefined : ids.subarray(at * 8, at * 8 + 8));
    for (const [at, span] of spans.entries()) {
      const own = { trace, span: id(at)!, parent: id(span.parent), link: id(span.link) };
      this.#spansOf(span).bytes(2, this.#spanWriter.write(random, span, own, origin));
    }
  }

  #spansOf({ service, operation }: PlannedSpan): ProtoWriter {
    const scopes = this.#byService[service]!;
    const name = operation.scope.name;
    if (!scopes.has(name)) scopes.set(name, { scope: operation.scope, spans: new ProtoWriter(1 << 15) });
    return scopes.get(name)!.spans;
  }

  #writeScope({ scope, spans }: Scoped): void {
    this.#part.reset().text(1, scope.name);
    this.#part.text(2, scope.version);
    this.#scopeSpans.reset().bytes(1, this.#part.view());
    this.#scopeSpans.raw(spans.view());
    this.#resourceSpans.bytes(2, this.#scopeSpans.view());
  }
}

/** `ResourceSpans.resource` fields (those of metrics and logs are the same), one for each process of the service. */
export function resourcesOf(service: Service, instances = INSTANCES): Buffer[] {
  return Array.from({ length: instances }, (_, instance) => {
    const attributes = service.resource(instance).map(([key, value]) => {
      if (typeof value === 'function') throw new Error(`${key}: a resource is constant`);
      return fixedAttribute(1, key, value);
    });
    const field = new ProtoWriter(1_024);
    field.bytes(1, Buffer.concat(attributes));
    return field.view();
  });
}
