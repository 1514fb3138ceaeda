import type { Operation } from './operations.ts';
import type { Random } from './random.ts';
import { SERVICES } from './shop.ts';

/** A span before it has an id: where it hangs, what it does and when. Times are nanoseconds after the trace's start. */
export interface PlannedSpan {
  /** Index of the parent in the trace, -1 for the root; always below its own index. */
  parent: number;
  /** Index of the span it is linked to (a message's producer), or -1. */
  link: number;
  /** Index into `SERVICES`. */
  service: number;
  operation: Operation;
  start: number;
  end: number;
}

const ENTRY = 0;
const MS = 1_000_000;
/** Client spans towards other services, made once: an operation must be the same object for the same thing. */
const CALLS = SERVICES.map((caller) =>
  caller.calls.map((callee) =>
    SERVICES[callee]!.server.map((server) => ({
      callee,
      server,
      client: caller.callTo(server, SERVICES[callee]!),
    })),
  ),
);

/** One request through the shop as a tree of exactly `size` spans: children lie within their parents' time, consumers follow their producers. */
export function planTrace(random: Random, size: number): PlannedSpan[] {
  const root = random.of(SERVICES[ENTRY]!.server);
  const spans: PlannedSpan[] = [planned(random, -1, -1, ENTRY, root, 0)];
  /** Spans of which further work can hang. */
  const busy = [0];
  while (spans.length < size) {
    const parent = busy[Math.max(random.below(busy.length), random.below(busy.length))]!;
    const room = size - spans.length;
    const draw = random.next();
    if (room >= 2 && draw < 0.5) busy.push(addCall(random, spans, parent));
    else if (room >= 2 && draw < 0.54) busy.push(addMessage(random, spans, parent));
    else if (draw < 0.82)
      addLeaf(random, spans, parent, random.of(SERVICES[spans[parent]!.service]!.database));
    else busy.push(addLeaf(random, spans, parent, random.of(SERVICES[spans[parent]!.service]!.internal)));
  }
  return spans;
}

/** A client span here and a server span there. Returns the server span's index. */
function addCall(random: Random, spans: PlannedSpan[], parent: number): number {
  const { callee, server, client } = random.of(random.of(CALLS[spans[parent]!.service]!));
  const clientAt = addLeaf(random, spans, parent, client);
  const outer = spans[clientAt]!;
  const wire = Math.floor((outer.end - outer.start) * 0.05);
  const inner = { parent: clientAt, link: -1, service: callee, operation: server };
  return spans.push({ ...inner, start: outer.start + wire, end: outer.end - wire }) - 1;
}

/** A message that another service works on later: child and link of its producer, as the conventions allow. */
function addMessage(random: Random, spans: PlannedSpan[], parent: number): number {
  const sender = SERVICES[spans[parent]!.service]!;
  const producer = addLeaf(random, spans, parent, sender.publish);
  const receiver = random.of(sender.calls);
  const after = spans[producer]!.end + random.below(20 * MS);
  return spans.push(planned(random, producer, producer, receiver, SERVICES[receiver]!.consume, after)) - 1;
}

/** A span within its parent's time. Returns its index. */
function addLeaf(random: Random, spans: PlannedSpan[], parent: number, operation: Operation): number {
  const { service, start, end } = spans[parent]!;
  const span = planned(
    random,
    parent,
    -1,
    service,
    operation,
    start + Math.floor(random.next() * 0.6 * (end - start)),
  );
  span.end = Math.min(span.end, end);
  return spans.push(span) - 1;
}

function planned(
  random: Random,
  parent: number,
  link: number,
  service: number,
  operation: Operation,
  start: number,
): PlannedSpan {
  const duration = Math.round(random.logNormal(operation.medianMs * MS, 0.8));
  return { parent, link, service, operation, start, end: start + duration };
}
