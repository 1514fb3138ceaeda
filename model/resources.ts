/**
 * Which metrics tell of a resource that can run out: the names of OpenTelemetry's semantic conventions, old and new, and
 * those of the collector's receivers where the conventions have none. One table; the store and the pages read it.
 */

/**
 * How use is told.
 * - `share`: the metric is the share in use, 0..1.
 * - `limit`: `metric` divided by the metric of its limit.
 * - `states`: the counted states of `metric` divided by all of them.
 * - `amount`: no limit is known, so it is only an amount.
 */
export type UseSource =
  | { form: 'share'; metric: string }
  | { form: 'limit'; metric: string; limit: string }
  | { form: 'states'; metric: string }
  | { form: 'amount'; metric: string; unit: string };

export interface ResourceKind {
  id: string;
  /** As a row is called: "CPU", "Connections". */
  title: string;
  scope: 'host' | 'container' | 'process' | 'runtime' | 'pool' | 'queue';
  /** The first that the instance sends is taken. */
  use: readonly UseSource[];
  /** What waits or is late while it is full; the first that is sent. */
  saturation: readonly { metric: string; title: string; unit: string; pending?: true }[];
  /** It grows until somebody empties it, so "full in" makes sense. */
  fills: boolean;
}

const share = (...metrics: string[]): UseSource[] => metrics.map((metric) => ({ form: 'share', metric }));
const limited = (metric: string, limit: string): UseSource => ({ form: 'limit', metric, limit });

export const RESOURCE_KINDS: readonly ResourceKind[] = [
  {
    id: 'host-cpu',
    title: 'Host CPU',
    scope: 'host',
    use: share('system.cpu.utilization', 'k8s.node.cpu.utilization'),
    saturation: [
      { metric: 'system.linux.cpu.load_1m', title: 'load', unit: '' },
      { metric: 'system.cpu.load_average.1m', title: 'load', unit: '' },
    ],
    fills: false,
  },
  {
    id: 'host-memory',
    title: 'Host memory',
    scope: 'host',
    use: [
      ...share('system.memory.utilization', 'k8s.node.memory.utilization'),
      limited('system.memory.usage', 'system.memory.limit'),
      { form: 'states', metric: 'system.memory.usage' },
    ],
    saturation: [],
    fills: true,
  },
  {
    id: 'filesystem',
    title: 'Disk',
    scope: 'host',
    use: [
      ...share('system.filesystem.utilization'),
      limited('system.filesystem.usage', 'system.filesystem.limit'),
      { form: 'states', metric: 'system.filesystem.usage' },
      limited('k8s.node.filesystem.usage', 'k8s.node.filesystem.capacity'),
      limited('container.filesystem.usage', 'container.filesystem.capacity'),
    ],
    saturation: [],
    fills: true,
  },
  {
    id: 'container-cpu',
    title: 'Container CPU',
    scope: 'container',
    use: [
      ...share(
        'k8s.container.cpu.limit.utilization',
        'k8s.container.cpu.limit_utilization',
        'k8s.container.cpu_limit_utilization',
        'k8s.pod.cpu_limit_utilization',
      ),
      { form: 'amount', metric: 'container.cpu.usage', unit: '{cpu}' },
      { form: 'amount', metric: 'k8s.pod.cpu.usage', unit: '{cpu}' },
    ],
    saturation: [],
    fills: false,
  },
  {
    id: 'container-memory',
    title: 'Container memory',
    scope: 'container',
    use: [
      ...share(
        'k8s.container.memory.limit.utilization',
        'k8s.container.memory_limit_utilization',
        'k8s.pod.memory_limit_utilization',
      ),
      limited('container.memory.usage.total', 'container.memory.usage.limit'),
      { form: 'amount', metric: 'container.memory.usage', unit: 'By' },
      { form: 'amount', metric: 'k8s.pod.memory.usage', unit: 'By' },
    ],
    saturation: [],
    fills: true,
  },
  {
    id: 'process-cpu',
    title: 'Process CPU',
    scope: 'process',
    use: [
      ...share(
        'jvm.cpu.recent_utilization',
        'process.runtime.jvm.cpu.utilization',
        'process.cpu.utilization',
      ),
      { form: 'amount', metric: 'process.cpu.time', unit: '{cpu}' },
    ],
    saturation: [],
    fills: false,
  },
  {
    id: 'process-memory',
    title: 'Process memory',
    scope: 'process',
    use: [
      { form: 'amount', metric: 'process.memory.usage', unit: 'By' },
      { form: 'amount', metric: 'process.memory.physical_usage', unit: 'By' },
    ],
    saturation: [],
    fills: false,
  },
  {
    id: 'event-loop',
    title: 'Event loop',
    scope: 'runtime',
    use: share('nodejs.eventloop.utilization'),
    saturation: [{ metric: 'nodejs.eventloop.delay.p99', title: 'delay p99', unit: 's' }],
    fills: false,
  },
  {
    id: 'jvm-heap',
    title: 'JVM heap after collection',
    scope: 'runtime',
    // What is used before a collection is mostly garbage and says nothing about room.
    use: [
      limited('jvm.memory.used_after_last_gc', 'jvm.memory.limit'),
      limited('process.runtime.jvm.memory.usage_after_last_gc', 'process.runtime.jvm.memory.limit'),
    ],
    saturation: [],
    fills: true,
  },
  {
    id: 'go-memory',
    title: 'Go memory',
    scope: 'runtime',
    use: [limited('go.memory.used', 'go.memory.limit')],
    saturation: [],
    fills: true,
  },
  {
    id: 'db-pool',
    title: 'Database connections',
    scope: 'pool',
    use: [
      limited('db.client.connection.count', 'db.client.connection.max'),
      limited('db.client.connections.usage', 'db.client.connections.max'),
    ],
    saturation: [
      { metric: 'db.client.connection.pending_requests', title: 'waiting', unit: '', pending: true },
      { metric: 'db.client.connections.pending_requests', title: 'waiting', unit: '', pending: true },
    ],
    fills: false,
  },
  {
    id: 'exporter-queue',
    title: 'Collector queue',
    scope: 'queue',
    use: [limited('otelcol_exporter_queue_size', 'otelcol_exporter_queue_capacity')],
    saturation: [],
    fills: false,
  },
  {
    id: 'queue',
    title: 'Queue',
    scope: 'queue',
    use: [
      { form: 'amount', metric: 'rabbitmq.message.current', unit: '{message}' },
      { form: 'amount', metric: 'kafka.consumer_group.lag', unit: '{message}' },
      { form: 'amount', metric: 'activemq.message.current', unit: '{message}' },
      // No convention names a queue's length; services that measure theirs call it so.
      { form: 'amount', metric: '*.queue.length', unit: '{message}' },
      { form: 'amount', metric: '*.queue.depth', unit: '{message}' },
      { form: 'amount', metric: '*.queue.size', unit: '{message}' },
    ],
    saturation: [],
    fills: false,
  },
];

/**
 * Which values of a metric's state count as use, where not all do; '' is a point without a state. The metrics of the
 * conventions tell the state by attributes of different names: `STATE_ATTRIBUTES`.
 */
export const COUNTED_STATES: Readonly<
  Record<string, { only: readonly string[] } | { not: readonly string[] }>
> = {
  'system.cpu.utilization': { not: ['idle'] },
  'system.memory.utilization': { only: ['', 'used'] },
  'system.memory.usage': { only: ['', 'used'] },
  'system.filesystem.utilization': { only: ['', 'used'] },
  'system.filesystem.usage': { only: ['', 'used'] },
  'db.client.connection.count': { only: ['', 'used'] },
  'db.client.connections.usage': { only: ['', 'used'] },
  'jvm.memory.used_after_last_gc': { only: ['', 'heap'] },
  'jvm.memory.limit': { only: ['', 'heap'] },
  'process.runtime.jvm.memory.usage_after_last_gc': { only: ['', 'heap'] },
  'process.runtime.jvm.memory.limit': { only: ['', 'heap'] },
};

export const STATE_ATTRIBUTES = [
  'cpu.mode',
  'system.memory.state',
  'system.filesystem.state',
  'db.client.connection.state',
  'jvm.memory.type',
  'state',
  'type',
] as const;

/** What tells resources of one kind and instance apart: a disk, a pool, a queue. */
export const MEMBER_ATTRIBUTES = [
  'system.filesystem.mountpoint',
  'mountpoint',
  'db.client.connection.pool.name',
  'pool.name',
  'queue',
  'messaging.destination.name',
  'rabbitmq.queue.name',
  'topic',
  'exporter',
] as const;

/** Use is a mean over these, where a metric is sent for each. */
export const PART_ATTRIBUTES = ['cpu.logical_number', 'cpu'] as const;

/** Which instance of a service or host it is, the most exact first; of the resource. */
export const INSTANCE_ATTRIBUTES = [
  'service.instance.id',
  'k8s.pod.name',
  'container.name',
  'container.id',
  'host.name',
  'k8s.node.name',
] as const;

/** Whether a metric's name is meant by one of the table, which may begin with `*`. */
export function isMetric(name: string, pattern: string): boolean {
  return pattern.startsWith('*') ? name.endsWith(pattern.slice(1)) : name === pattern;
}
