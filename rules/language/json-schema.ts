/** JSON Schemas for editors, made of the schemas that files are held to. */
import { z } from 'zod';
import { ruleForm } from './forms/rule.ts';
import { settingsForm } from './forms/settings.ts';

const FORMS = {
  rule: { form: ruleForm, title: 'A Loopwatch rule' },
  settings: {
    form: settingsForm,
    title: 'SLOs, receivers, routes, silences, mute times, inhibitions, heartbeats, hooks',
  },
} as const;

export type SchemaName = keyof typeof FORMS;

export const SCHEMA_NAMES = Object.keys(FORMS) as SchemaName[];

/** The text of `rules/<name>.schema.json` (JSON Schema 2020-12). What needs several keys or files is left to `rules check`. */
export function jsonSchema(name: SchemaName): string {
  const { form, title } = FORMS[name];
  const schema = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any', reused: 'ref' });
  return `${JSON.stringify({ title, ...schema }, null, 2)}\n`;
}
