import type { Attribute, Operation } from './operations.ts';
import type { Random } from './random.ts';

/** A span event (`trace/v1`). */
export interface Happening {
  name: string;
  attributes: readonly Attribute[];
}

const FAULTS = [
  { type: 'TypeError', message: "Cannot read properties of undefined (reading 'price')" },
  { type: 'TimeoutError', message: 'The operation was aborted due to timeout after 2000 ms' },
  { type: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.3.17:5432' },
  { type: 'ValidationError', message: 'quantity must be a positive integer' },
] as const;
const FRAMES = [
  'processTicksAndRejections (node:internal/process/task_queues:105:5)',
  'Layer.handle (/app/node_modules/router/lib/layer.js:152:17)',
  'next (/app/node_modules/router/index.js:291:5)',
];

/** An `exception` event by the semantic conventions, with a stack trace of 6 to 10 frames. */
export function exceptionOf(
  random: Random,
  operation: Operation,
): Happening & { type: string; message: string } {
  const { type, message } = random.of(FAULTS);
  const frames = Array.from({ length: random.between(6, 10) }, (_, depth) =>
    depth % 3 === 2
      ? random.of(FRAMES)
      : `${type}.handle${depth} (/app/src/handlers/step${depth}.js:${random.below(400)}:${random.below(80)})`,
  );
  return {
    name: 'exception',
    type,
    message: `${operation.name}: ${message}`,
    attributes: [
      ['exception.type', type],
      ['exception.message', message],
      [
        'exception.stacktrace',
        [`${type}: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n'),
      ],
    ],
  };
}

/** Something that happened on the way and was no error. */
export function happening(random: Random): Happening {
  return random.of<() => Happening>([
    () => ({ name: 'cache.miss', attributes: [['app.cache.key', `product:${random.below(100_000)}`]] }),
    () => ({
      name: 'http.request.resend',
      attributes: [['http.request.resend_count', random.between(1, 3)]],
    }),
    () => ({
      name: 'message',
      attributes: [
        ['rpc.message.type', 'RECEIVED'],
        ['rpc.message.id', random.between(1, 99)],
      ],
    }),
  ])();
}
