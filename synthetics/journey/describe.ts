// A process of its own: a journey file is code, and importing it may throw, print or never end.
import './resolve.ts';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { readDefinition } from './definition.ts';

// The product ends it when it takes too long; when the product itself was killed, only this thread is left to do so.
await once(new Worker(new URL('../runner/lifeline.ts', import.meta.url)), 'online');
const file = process.argv[2]!;
const answer = await import(pathToFileURL(file).href).then(
  (module: { default?: unknown }) => readDefinition(module.default),
  (thrown: unknown) => ({ problems: [`it cannot be imported: ${messageOf(thrown)}`] }),
);
process.send!(answer, () => process.exit(0));
