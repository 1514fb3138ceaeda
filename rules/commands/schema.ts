import { Problem } from '../../base/errors.ts';
import { jsonSchema, SCHEMA_NAMES } from '../language/json-schema.ts';
import type { Command } from './command.ts';

/** `rules schema`: prints what `rules/*.schema.json` hold. */
export function schemaCommand(): Command {
  return {
    summary: 'Print the JSON Schema that editors complete and check rules with.',
    usage: SCHEMA_NAMES.join(' | '),
    options: {},
    help: ['rule       of rules', 'settings   of SLOs, receivers, routes and what else stands beside rules'],
    run: async ({ args, out }) => {
      const name = SCHEMA_NAMES.find((one) => one === args[0]);
      if (name === undefined) throw new Problem('usage', `Say which one: ${SCHEMA_NAMES.join(' or ')}`);
      out(jsonSchema(name));
      return true;
    },
  };
}
