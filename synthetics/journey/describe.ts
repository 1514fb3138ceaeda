// A process of its own: a journey file is code, and importing it may throw, print or never end.
import './resolve.ts';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../base/errors.ts';
import { readDefinition } from './definition.ts';

const file = process.argv[2]!;
const answer = await import(pathToFileURL(file).href).then(
  (module: { default?: unknown }) => readDefinition(module.default),
  (thrown: unknown) => ({ problems: [`it cannot be imported: ${messageOf(thrown)}`] }),
);
process.send!(answer, () => process.exit(0));
