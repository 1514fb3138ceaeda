/** What the shop's services do, with the attributes of the semantic conventions (1.37) as instrumentations set them. */
import type { AttributeValue } from './protobuf.ts';
import type { Random } from './random.ts';

/** A fixed value, or one drawn for each span. */
export type Attribute = readonly [key: string, value: AttributeValue | ((random: Random) => AttributeValue)];

/** OTLP `SpanKind` numbers. */
export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

export interface Operation {
  name: string;
  kind: (typeof KIND)[keyof typeof KIND];
  scope: { name: string; version: string };
  medianMs: number;
  attributes: readonly Attribute[];
}

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
  'node',
];
const address = (random: Random) =>
  `10.${random.between(0, 3)}.${random.below(256)}.${random.between(1, 254)}`;
const pathOf = (route: string, random: Random) =>
  route.replace(/\{\w+\}/g, () => String(random.below(100_000)));
const status = (random: Random) => (random.chance(0.96) ? 200 : random.of([201, 204, 304, 404]));

/** An HTTP request served. @param name method and route, e.g. `GET /cart` */
export function serverOperation(name: string, scope: Operation['scope']): Operation {
  const [method, route] = name.split(' ') as [string, string];
  return {
    name,
    kind: KIND.server,
    scope,
    medianMs: 10 + route.length,
    attributes: [
      ['http.request.method', method],
      ['url.scheme', 'https'],
      ['url.path', (random) => pathOf(route, random)],
      ['http.route', route],
      ['http.response.status_code', status],
      ['server.address', 'shop.example.com'],
      ['server.port', 8080],
      ['client.address', address],
      ['network.protocol.version', '1.1'],
      ['user_agent.original', (random) => random.of(AGENTS)],
      ['enduser.pseudo.id', (random) => `u-${random.hex(6)}`],
    ],
  };
}

/** The same request on the side of who calls it. */
export function clientOperation(server: Operation, callee: string, scope: Operation['scope']): Operation {
  const [method, route] = server.name.split(' ') as [string, string];
  return {
    name: server.name,
    kind: KIND.client,
    scope,
    medianMs: server.medianMs,
    attributes: [
      ['http.request.method', method],
      ['url.full', (random) => `http://${callee}.shop.svc.cluster.local:8080${pathOf(route, random)}`],
      ['url.template', route],
      ['http.response.status_code', status],
      ['server.address', `${callee}.shop.svc.cluster.local`],
      ['server.port', 8080],
      ['network.peer.address', address],
      ['network.peer.port', 8080],
      ['network.protocol.version', '1.1'],
    ],
  };
}

/** A read and a write of one table. */
export function databaseOperations(service: string, table: string, scope: Operation['scope']): Operation[] {
  const queries = {
    SELECT: `SELECT * FROM ${table} WHERE id = $1 AND deleted_at IS NULL LIMIT 50`,
    UPDATE: `UPDATE ${table} SET state = $2, updated_at = now() WHERE id = $1 RETURNING id`,
  };
  return Object.entries(queries).map(([verb, text]) => ({
    name: `${verb} ${service}.${table}`,
    kind: KIND.client,
    scope,
    medianMs: 2.5,
    attributes: [
      ['db.system.name', 'postgresql'],
      ['db.namespace', service],
      ['db.operation.name', verb],
      ['db.collection.name', table],
      ['db.query.text', text],
      ['db.response.returned_rows', (random) => random.below(50)],
      ['server.address', `${service}-db.shop.svc.cluster.local`],
      ['server.port', 5432],
      ['network.peer.address', address],
    ],
  }));
}

/** Work inside the process, with attributes of the shop's own. */
export function internalOperation(service: string, name: string, place: number): Operation {
  return {
    name,
    kind: KIND.internal,
    scope: { name: `shop.${service}`, version: '1.4.2' },
    medianMs: 1.2,
    attributes: [
      ['code.function.name', `${service}.${name}`],
      ['code.file.path', `/app/${service}/src/${name}.ts`],
      ['code.line.number', 40 + place * 25],
      ['thread.id', (random) => random.between(1, 16)],
      ['app.customer.tier', (random) => random.of(['free', 'plus', 'business'])],
      ['app.items.count', (random) => random.between(1, 40)],
      ['app.order.total', (random) => random.below(50_000) / 100 + 0.001],
      ['app.cache.hit', (random) => random.chance(0.8)],
      ['app.feature.flag', (random) => random.of(['new-basket', 'old-basket', 'control'])],
    ],
  };
}

/** A message sent or worked on. */
export function messageOperation(
  service: string,
  operation: 'publish' | 'process',
  scope: Operation['scope'],
): Operation {
  const queue = `${service}.events`;
  return {
    name: `${operation} ${queue}`,
    kind: operation === 'publish' ? KIND.producer : KIND.consumer,
    scope,
    medianMs: operation === 'publish' ? 1.5 : 20,
    attributes: [
      ['messaging.system', 'rabbitmq'],
      ['messaging.destination.name', queue],
      ['messaging.operation.type', operation === 'publish' ? 'send' : 'process'],
      ['messaging.operation.name', operation],
      [
        'messaging.message.id',
        (random) => `${random.hex(8)}-${random.hex(4)}-${random.hex(4)}-${random.hex(8)}`,
      ],
      ['messaging.message.body.size', (random) => Math.round(random.logNormal(800, 0.7))],
      ['messaging.rabbitmq.destination.routing_key', `${service}.changed`],
      ['server.address', 'rabbitmq.shop.svc.cluster.local'],
      ['server.port', 5672],
    ],
  };
}
