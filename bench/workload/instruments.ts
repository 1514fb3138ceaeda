/**
 * What a process of the shop measures: 128 series, 60 % sums and gauges, 30 % histograms, 10 % exponential ones, named
 * and attributed as the semantic conventions (1.37) and the SDKs' runtime instrumentations do.
 */
import { ProtoWriter } from './protobuf.ts';
import { fixedAttribute } from './span.ts';

/** OTLP field numbers of `Metric.data`. */
export const DATA = { gauge: 5, sum: 7, histogram: 9, exponential: 10 } as const;

export interface Instrument {
  name: string;
  description: string;
  unit: string;
  kind: keyof typeof DATA;
  scope: string;
  monotonic: boolean;
  /** Sums and gauges: as_int instead of as_double. */
  whole: boolean;
  /** Attributes of each series, written as fields of its points. */
  series: readonly Buffer[];
}

type Choices = Readonly<Record<string, readonly (string | number)[]>>;
type Plan = Pick<Instrument, 'name' | 'unit' | 'kind' | 'scope'> & {
  count: number;
  choices: Choices;
  monotonic?: boolean;
  whole?: boolean;
};

/** Field number of the attributes in each kind's points. */
const ATTRIBUTES = { gauge: 7, sum: 7, histogram: 9, exponential: 1 } as const;

const HTTP = '@opentelemetry/instrumentation-http';
const HOST = '@opentelemetry/host-metrics';
const RUNTIME = '@opentelemetry/instrumentation-runtime-node';
const DATABASE = '@opentelemetry/instrumentation-pg';
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const ROUTES = [
  '/api/products',
  '/api/products/{id}',
  '/api/orders',
  '/api/carts/{id}/items/{sku}',
  '/search',
];

const PLANS: readonly Plan[] = [
  {
    ...{
      name: 'http.server.active_requests',
      unit: '{request}',
      kind: 'sum',
      scope: HTTP,
      count: 4,
      whole: true,
    },
    choices: { 'http.request.method': METHODS, 'url.scheme': ['https'] },
  },
  {
    ...{ name: 'process.cpu.time', unit: 's', kind: 'sum', scope: HOST, count: 2, monotonic: true },
    choices: { 'cpu.mode': ['user', 'system'] },
  },
  {
    ...{ name: 'process.memory.usage', unit: 'By', kind: 'sum', scope: HOST, count: 1, whole: true },
    choices: {},
  },
  {
    ...{ name: 'process.open_file_descriptor.count', unit: '{file_descriptor}', kind: 'sum', scope: HOST },
    ...{ count: 1, whole: true, choices: {} },
  },
  {
    ...{ name: 'system.cpu.utilization', unit: '1', kind: 'gauge', scope: HOST, count: 32 },
    choices: {
      'cpu.logical_number': [0, 1, 2, 3, 4, 5, 6, 7],
      'cpu.mode': ['user', 'system', 'idle', 'iowait'],
    },
  },
  {
    ...{
      name: 'system.network.io',
      unit: 'By',
      kind: 'sum',
      scope: HOST,
      count: 4,
      monotonic: true,
      whole: true,
    },
    choices: { 'network.interface.name': ['eth0', 'lo'], 'network.io.direction': ['receive', 'transmit'] },
  },
  {
    ...{
      name: 'system.disk.io',
      unit: 'By',
      kind: 'sum',
      scope: HOST,
      count: 4,
      monotonic: true,
      whole: true,
    },
    choices: { 'system.device': ['nvme0n1', 'nvme1n1'], 'disk.io.direction': ['read', 'write'] },
  },
  {
    ...{ name: 'v8js.memory.heap.used', unit: 'By', kind: 'gauge', scope: RUNTIME, count: 8, whole: true },
    choices: {
      'v8js.heap.space.name': [
        'new',
        'old',
        'code',
        'shared',
        'trusted',
        'large_object',
        'new_large',
        'read_only',
      ],
    },
  },
  {
    ...{ name: 'nodejs.eventloop.utilization', unit: '1', kind: 'gauge', scope: RUNTIME, count: 1 },
    choices: {},
  },
  {
    ...{
      name: 'db.client.connection.count',
      unit: '{connection}',
      kind: 'sum',
      scope: DATABASE,
      count: 6,
      whole: true,
    },
    choices: {
      'db.client.connection.pool.name': ['orders', 'carts', 'users'],
      'db.client.connection.state': ['idle', 'used'],
    },
  },
  {
    ...{
      name: 'app.orders.placed',
      unit: '{order}',
      kind: 'sum',
      scope: 'shop',
      count: 7,
      monotonic: true,
      whole: true,
    },
    choices: { 'app.customer.tier': ['free', 'plus', 'business'], 'app.region': ['eu', 'us', 'ap'] },
  },
  {
    ...{ name: 'messaging.client.sent.messages', unit: '{message}', kind: 'sum', scope: 'shop', count: 7 },
    ...{ monotonic: true, whole: true },
    choices: {
      'messaging.system': ['rabbitmq'],
      'messaging.destination.name': ['orders', 'carts', 'mails', 'stock', 'users', 'audit', 'search'],
      'server.address': ['rabbitmq.shop.svc.cluster.local'],
    },
  },
  {
    ...{ name: 'http.server.request.duration', unit: 's', kind: 'histogram', scope: HTTP, count: 20 },
    choices: {
      'http.request.method': METHODS,
      'http.route': ROUTES,
      'http.response.status_code': [200, 404],
      'network.protocol.version': ['1.1'],
      'url.scheme': ['https'],
    },
  },
  {
    ...{ name: 'http.client.request.duration', unit: 's', kind: 'histogram', scope: HTTP, count: 18 },
    choices: {
      'http.request.method': METHODS,
      'server.address': ['catalogue', 'cart', 'payment', 'user', 'inventory'].map(
        (to) => `${to}.shop.svc.cluster.local`,
      ),
      'server.port': [8080],
      'http.response.status_code': [200, 503],
    },
  },
  {
    ...{ name: 'db.client.operation.duration', unit: 's', kind: 'exponential', scope: DATABASE, count: 8 },
    choices: {
      'db.system.name': ['postgresql'],
      'db.operation.name': ['SELECT', 'UPDATE'],
      'db.collection.name': ['orders', 'order_lines', 'sessions', 'stock'],
      'db.namespace': ['shop'],
    },
  },
  {
    ...{ name: 'http.server.response.body.size', unit: 'By', kind: 'exponential', scope: HTTP, count: 5 },
    choices: { 'http.request.method': ['GET'], 'http.route': ROUTES, 'http.response.status_code': [200] },
  },
];

/** The instruments of a process, those of one scope together. */
export const INSTRUMENTS: readonly Instrument[] = PLANS.map((plan) => ({
  description: `The ${plan.name.replaceAll(/[._]/g, ' ')} of this process.`,
  monotonic: false,
  whole: false,
  ...plan,
  series: Array.from({ length: plan.count }, (_, i) => attributesOf(plan, i)),
})).sort((a, b) => a.scope.localeCompare(b.scope));

/** Series of one process. */
export const SERIES = INSTRUMENTS.reduce((sum, { series }) => sum + series.length, 0);

/** The i-th combination of the choices. */
function attributesOf({ kind, choices }: Plan, i: number): Buffer {
  const writer = new ProtoWriter(256);
  let rest = i;
  for (const [key, values] of Object.entries(choices)) {
    writer.raw(fixedAttribute(ATTRIBUTES[kind], key, values[rest % values.length]!));
    rest = Math.floor(rest / values.length);
  }
  return Buffer.from(writer.view());
}
