/** The shop whose telemetry the benches send: ten services in four languages that call each other. */
import {
  type Attribute,
  clientOperation,
  databaseOperations,
  internalOperation,
  messageOperation,
  type Operation,
  serverOperation,
} from './operations.ts';

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

/** The shop's services; their calls refer to each other by index. */
export const SERVICES: readonly Service[] = PLANS.map(service);

function service(plan: Plan): Service {
  const scopes = SCOPES[plan.language];
  const scope = (name: string) => ({ name, version: scopes.version });
  const messaging = (operation: 'publish' | 'process') =>
    messageOperation(plan.name, operation, scope(scopes.messaging));
  return {
    name: plan.name,
    resource: (instance) => resource(plan, instance),
    server: plan.routes.map((route) => serverOperation(route, scope(scopes.http))),
    internal: plan.functions.map((name, i) => internalOperation(plan.name, name, i)),
    database: plan.tables.flatMap((table) => databaseOperations(plan.name, table, scope(scopes.database))),
    publish: messaging('publish'),
    consume: messaging('process'),
    calls: plan.calls.map((name) => PLANS.findIndex((other) => other.name === name)),
    callTo: (server, callee) => clientOperation(server, callee.name, scope(scopes.http)),
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
