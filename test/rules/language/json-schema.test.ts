import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { jsonSchema, SCHEMA_NAMES } from '../../../rules/language/json-schema.ts';

test.each(SCHEMA_NAMES)('rules/%s.schema.json is what files are held to', (name) => {
  const shipped = readFileSync(new URL(`../../../rules/${name}.schema.json`, import.meta.url), 'utf8');
  expect(shipped, `renew it: npm run --silent rules -- schema ${name} > rules/${name}.schema.json`).toBe(
    jsonSchema(name),
  );
});
