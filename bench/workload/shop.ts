/**
 * The shop whose telemetry the benches send: ten services in five languages that call each other, with the
 * attributes of the OpenTelemetry semantic conventions (1.37) as their instrumentations set them.
 */
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

export interface Service {
  name: string;
  /** Constant for the life of a process; `instance` tells processes of one service apart. */
  resource(instance: number): readonly Attribute[];
  server: readonly Operation[];
  internal: readonly Operation[];
  database: readonly Operation[];
  publish: Operation;
  consume: Operation;
  /** Indexes of services it calls. */
  calls: readonly number[];
  /** What a call to `server` looks like on the caller's side. */
  callTo(server: Operation, callee: Service): Operation;
}

interface Plan {
  name: string;
  language: 'nodejs' | 'java' | 'go' | 'python';
  routes: readonly string[];
  functions: readonly string[];
  tables: readonly string[];
  calls: readonly string[];
}

const PLANS: readonly Plan[] = [
  {
    name: 'web',
    language: 'nodejs',
    routes: ['GET /', 'GET /products/{id}', 'GET /cart', 'POST /checkout', 'GET /search'],
    functions: ['renderPage', 'resolveSession'],
    tables: ['sessions'],
    calls: ['catalogue', 'cart', 'checkout', 'search', 'user'],
  },
  {
    name: 'catalogue',
    language: 'nodejs',
    routes: ['GET /api/products', 'GET /api/products/{id}', 'GET /api/categories/{slug}'],
    functions: ['priceProducts', 'localise'],
    tables: ['products', 'categories'],
    calls: ['inventory', 'search'],
  },
  {
    name: 'cart',
    language: 'nodejs',
    routes: ['GET /api/carts/{id}', 'PUT /api/carts/{id}/items/{sku}', 'DELETE /api/carts/{id}'],
    functions: ['mergeCarts', 'applyDiscounts'],
    tables: ['carts', 'cart_items'],
    calls: ['catalogue', 'inventory'],
  },
  {
    name: 'checkout',
    language: 'java',
    routes: ['POST /api/orders', 'GET /api/orders/{id}'],
    functions: ['placeOrder', 'validateOrder', 'reserveStock'],
    tables: ['orders', 'order_lines'],
    calls: ['cart', 'payment', 'shipping', 'inventory', 'email'],
  },
  {
    name: 'payment',
    language: 'java',
    routes: ['POST /api/charges', 'POST /api/refunds'],
    functions: ['assessRisk', 'authorise'],
    tables: ['charges'],
    calls: ['user'],
  },
  {
    name: 'shipping',
    language: 'go',
    routes: ['POST /api/quotes', 'POST /api/shipments'],
    functions: ['rateShop'],
    tables: ['shipments'],
    calls: ['inventory'],
  },
  {
    name: 'search',
    language: 'python',
    routes: ['GET /api/search', 'GET /api/suggest'],
    functions: ['rank', 'tokenise'],
    tables: ['search_index'],
    calls: ['catalogue'],
  },
  {
    name: 'user',
    language: 'nodejs',
    routes: ['POST /api/login', 'GET /api/users/{id}', 'PUT /api/users/{id}/address'],
    functions: ['verifyPassword'],
    tables: ['users', 'addresses'],
    calls: ['email'],
  },
  {
    name: 'email',
    language: 'nodejs',
    routes: ['POST /api/messages'],
    functions: ['renderTemplate'],
    tables: ['outbox'],
    calls: ['user'],
  },
  {
    name: 'inventory',
    language: 'nodejs',
    routes: ['GET /api/stock/{sku}', 'POST /api/reservations'],
    functions: ['allocate'],
    tables: ['stock', 'reservations'],
    calls: ['shipping'],
  },
];

const SCOPES = {
  nodejs: {
    http: '@opentelemetry/instrumentation-http',
    database: '@opentelemetry/instrumentation-pg',
    messaging: '@opentelemetry/instrumentation-amqplib',
    version: '0.207.0',
  },
  java: {
    http: 'io.opentelemetry.tomcat-10.0',
    database: 'io.opentelemetry.jdbc',
    messaging: 'io.opentelemetry.rabbitmq-2.7',
    version: '2.21.0-alpha',
  },
  go: {
    http: 'go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp',
    database: 'github.com/XSAM/otelsql',
    messaging: 'go.opentelemetry.io/contrib/amqp',
    version: '0.63.0',
  },
  python: {
    http: 'opentelemetry.instrumentation.asgi',
    database: 'opentelemetry.instrumentation.psycopg',
    messaging: 'opentelemetry.instrumentation.pika',
    version: '0.59b0',
  },
} as const;

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

/** The shop's services; their calls refer to each other by index. */
export const SERVICES: readonly Service[] = PLANS.map(service);

function service(plan: Plan): Service {
  const scopes = SCOPES[plan.language];
  const scope = (name: string) => ({ name, version: scopes.version });
  const messaging = (operation: 'publish' | 'process') =>
    messageOperation(plan, operation, scope(scopes.messaging));
  return {
    name: plan.name,
    resource: (instance) => resource(plan, instance),
    server: plan.routes.map((route) => serverOperation(route, scope(scopes.http))),
    internal: plan.functions.map((name, i) => internalOperation(plan, name, i)),
    database: plan.tables.flatMap((table) => databaseOperations(plan, table, scope(scopes.database))),
    publish: messaging('publish'),
    consume: messaging('process'),
    calls: plan.calls.map((name) => PLANS.findIndex((other) => other.name === name)),
    callTo: (server, callee) => clientOperation(server, callee, scope(scopes.http)),
  };
}

/** As `@opentelemetry/sdk-node`'s default detectors give it: `process.command_args` is an array in every one of them. */
function resource(plan: Plan, instance: number): readonly Attribute[] {
  const common: Attribute[] = [
    ['service.name', plan.name],
    ['service.version', `1.${plan.name.length}.${plan.routes.length}`],
    ['service.instance.id', `${plan.name}-${(instance * 7919 + 4096).toString(16)}`],
    ['deployment.environment.name', 'production'],
    ['host.name', `node-${instance % 6}`],
    ['process.pid', 1_000 + instance * 37],
    ['telemetry.sdk.language', plan.language],
    ['telemetry.sdk.name', 'opentelemetry'],
    ['telemetry.sdk.version', plan.language === 'nodejs' ? '2.1.0' : '1.38.0'],
  ];
  if (plan.language === 'nodejs')
    common.push([
      'process.command_args',
      ['/usr/local/bin/node', '--import', './telemetry.js', `/app/${plan.name}/server.js`],
    ]);
  return common;
}

function serverOperation(name: string, scope: Operation['scope']): Operation {
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

function clientOperation(server: Operation, callee: Service, scope: Operation['scope']): Operation {
  const [method, route] = server.name.split(' ') as [string, string];
  return {
    name: server.name,
    kind: KIND.client,
    scope,
    medianMs: server.medianMs,
    attributes: [
      ['http.request.method', method],
      ['url.full', (random) => `http://${callee.name}.shop.svc.cluster.local:8080${pathOf(route, random)}`],
      ['url.template', route],
      ['http.response.status_code', status],
      ['server.address', `${callee.name}.shop.svc.cluster.local`],
      ['server.port', 8080],
      ['network.peer.address', address],
      ['network.peer.port', 8080],
      ['network.protocol.version', '1.1'],
    ],
  };
}

function databaseOperations(plan: Plan, table: string, scope: Operation['scope']): Operation[] {
  const queries = {
    SELECT: `SELECT * FROM ${table} WHERE id = $1 AND deleted_at IS NULL LIMIT 50`,
    UPDATE: `UPDATE ${table} SET state = $2, updated_at = now() WHERE id = $1 RETURNING id`,
  };
  return Object.entries(queries).map(([verb, text]) => ({
    name: `${verb} ${plan.name}.${table}`,
    kind: KIND.client,
    scope,
    medianMs: 2.5,
    attributes: [
      ['db.system.name', 'postgresql'],
      ['db.namespace', plan.name],
      ['db.operation.name', verb],
      ['db.collection.name', table],
      ['db.query.text', text],
      ['db.response.returned_rows', (random) => random.below(50)],
      ['server.address', `${plan.name}-db.shop.svc.cluster.local`],
      ['server.port', 5432],
      ['network.peer.address', address],
    ],
  }));
}

function internalOperation(plan: Plan, name: string, place: number): Operation {
  return {
    name,
    kind: KIND.internal,
    scope: { name: `shop.${plan.name}`, version: '1.4.2' },
    medianMs: 1.2,
    attributes: [
      ['code.function.name', `${plan.name}.${name}`],
      ['code.file.path', `/app/${plan.name}/src/${name}.ts`],
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

function messageOperation(
  plan: Plan,
  operation: 'publish' | 'process',
  scope: Operation['scope'],
): Operation {
  const queue = `${plan.name}.events`;
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
      ['messaging.rabbitmq.destination.routing_key', `${plan.name}.changed`],
      ['server.address', 'rabbitmq.shop.svc.cluster.local'],
      ['server.port', 5672],
    ],
  };
}
