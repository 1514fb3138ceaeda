/** A queue of orders in a table, with the spans that any messaging client makes. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  context,
  metrics,
  type ObservableResult,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { QUEUE_FILE } from './tables.ts';

const tracer = trace.getTracer('shop.queue');
const meter = metrics.getMeter('shop.queue');
/** Source: OpenTelemetry semantic conventions, messaging; the system's name is ours. */
const ORDERS = { 'messaging.system': 'shop_queue', 'messaging.destination.name': 'orders' };

interface Row {
  id: number;
  body: string;
  headers: string;
}

export interface Queue {
  /** Adds a message; it carries the trace it was sent in. */
  send(body: object): void;
  /**
   * Takes the oldest message, hands it over, and removes it when that went well.
   * @returns false when there was none
   */
  receive(handle: (body: unknown) => Promise<void>): Promise<boolean>;
  /** Messages that wait. */
  length(): number;
  close(): void;
}

/** Opens the queue in the shop's folder. */
export function openQueue(folder: string): Queue {
  const database = new DatabaseSync(join(folder, QUEUE_FILE));
  // Nobody holds this file for longer than one statement.
  database.exec('PRAGMA synchronous = OFF; PRAGMA busy_timeout = 1000');
  const insert = database.prepare('INSERT INTO messages (body, headers, sent_at) VALUES (?, ?, ?)');
  const oldest = database.prepare('SELECT id, body, headers FROM messages ORDER BY id LIMIT 1');
  const remove = database.prepare('DELETE FROM messages WHERE id = ?');
  const count = database.prepare('SELECT count(*) AS n FROM messages');
  const length = () => (count.get() as { n: number }).n;
  return {
    send: (body) => sent((headers) => insert.run(JSON.stringify(body), JSON.stringify(headers), Date.now())),
    receive: async (handle) => {
      const row = oldest.get() as Row | undefined;
      if (!row) return false;
      await processed(row, handle);
      remove.run(row.id);
      return true;
    },
    length,
    close: () => database.close(),
  };
}

/** Says how many orders wait, from now on. @returns its end, to be called before the queue is closed */
export function measureQueue(queue: Queue): () => void {
  const gauge = meter.createObservableUpDownCounter('shop.queue.length', {
    unit: '{message}',
    description: 'Messages that wait',
  });
  const observe = (result: ObservableResult) => result.observe(queue.length(), ORDERS);
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
}

const sentMessages = meter.createCounter('messaging.client.sent.messages', { unit: '{message}' });
const processDuration = meter.createHistogram('messaging.process.duration', { unit: 's' });

function sent(put: (headers: Record<string, string>) => void): void {
  const attributes = { ...ORDERS, 'messaging.operation.name': 'send', 'messaging.operation.type': 'send' };
  const span = tracer.startSpan('send orders', { kind: SpanKind.PRODUCER, attributes });
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(context.active(), span), headers);
  try {
    put(headers);
  } finally {
    span.end();
    sentMessages.add(1, attributes);
  }
}

/** The sender is both parent and link: the conventions allow the one and ask for the other. */
async function processed(row: Row, handle: (body: unknown) => Promise<void>): Promise<void> {
  const began = performance.now();
  const creation = propagation.extract(ROOT_CONTEXT, JSON.parse(row.headers));
  const from = trace.getSpanContext(creation);
  const attributes = {
    ...ORDERS,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
  };
  const span = tracer.startSpan(
    'process orders',
    {
      kind: SpanKind.CONSUMER,
      attributes: { ...attributes, 'messaging.message.id': String(row.id) },
      links: from ? [{ context: from }] : [],
    },
    creation,
  );
  try {
    await context.with(trace.setSpan(creation, span), () => handle(JSON.parse(row.body)));
  } catch (thrown) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: (thrown as Error).message });
    throw thrown;
  } finally {
    span.end();
    processDuration.record((performance.now() - began) / 1_000, attributes);
  }
}
