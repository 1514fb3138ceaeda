/** What single values look like in a file, as schemas that say what is right, and their meaning. */
import { z } from 'zod';
import { nearest } from '../../../base/nearest.ts';
import { DURATION_PATTERN, parseDuration } from '../../../base/units.ts';

/** An object that takes no other keys; a wrong one is answered with the key that was probably meant. */
export function fields<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys')
        return (issue.keys as string[]).map((key) => unknownKey(key, Object.keys(shape))).join('\n');
      if (issue.code === 'invalid_type') return `must be a map with ${Object.keys(shape).join(', ')}`;
      return undefined;
    },
  });
}

/** The key that `unknownKey` takes to be meant, out of its sentence. */
export const keyMeant = (said: string): string | undefined => /; did you mean "([^"]+)"\?$/.exec(said)?.[1];

/** `"fro" is not known here; did you mean "for"?` */
export function unknownKey(key: string, known: readonly string[]): string {
  const close = nearest(key, known);
  return `"${key}" is not known here; ${close === undefined ? `there are ${known.join(', ')}` : `did you mean "${close}"?`}`;
}

export const DURATION_ERROR = 'must be a duration like 90s, 5m, 2m30s or 4h';
export const duration = z
  .string({ error: DURATION_ERROR })
  .regex(new RegExp(`^${DURATION_PATTERN}$`), { error: DURATION_ERROR });

/** Milliseconds; `missing` without a text. */
export function ms(text: string | undefined, missing: number): number {
  return text === undefined ? missing : parseDuration(text);
}

const AMOUNT = new RegExp(`^(?:[+-]?\\d+(?:\\.\\d+)?(?:%|B|kB|MB|GB|KiB|MiB|GiB)|${DURATION_PATTERN})$`);

/** A threshold: a number, `5%`, or a duration or size where the signal is one. */
const AMOUNT_ERROR = 'must be a number, or one with a unit like 5%, 800ms or 2GiB';
export const amount = z.union([z.number(), z.string().regex(AMOUNT, { error: AMOUNT_ERROR })], {
  error: AMOUNT_ERROR,
});

/** Names that state is keyed on: rules, signals, receivers, SLOs, hooks. */
export const name = z
  .string({ error: 'must be a name: lower-case letters, digits, "-", "_" and "."' })
  .regex(/^[a-z0-9][a-z0-9_.-]{0,99}$/, {
    error:
      'must be a name: up to 100 lower-case letters, digits, "-", "_" and ".", beginning with a letter or digit',
  });

/** Without dots, because templates use them between the parts of a path. */
export const signalName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, {
  error: 'must be a name of lower-case letters, digits, "-" and "_"',
});

/** Attributes and labels: as OpenTelemetry writes them. */
export const labelName = z
  .string({ error: 'must be the name of a label' })
  .regex(/^[a-zA-Z_][\w./-]{0,199}$/, { error: 'must be the name of a label, like service.name' })
  // Every object has these already.
  .refine((text) => !(text in Object.prototype), { error: 'is a name that no label can have' });

export const labelNames = z
  .array(labelName, { error: 'must be a list of labels, like [service.name]' })
  .max(10, {
    error: 'may name 10 labels at most',
  });

export const sentence = z
  .string({ error: 'must be text' })
  .max(4_000, { error: 'is longer than 4,000 characters' });

const MATCHING_ERROR =
  'must be a value, like checkout, "!checkout", "~check.*" or "!~check.*", or a list of such';
const scalar = z.union([z.string().max(1_000), z.number(), z.boolean()], { error: MATCHING_ERROR });

/** What a label must be. */
export const matching = z.union([scalar, z.array(scalar).min(1).max(100)], { error: MATCHING_ERROR });

/** `service.name: checkout`, `[checkout, cart]`, `"!checkout"`, `"~check.*"`, `"!~check.*"`; `"=~x"` is the text `~x`. */
export const where = z.record(labelName, matching, {
  error: 'must be a map like { service.name: checkout }',
});

export type WhereForm = z.infer<typeof where>;

/** Addresses as they are written; what they may reach is judged when they are called. */
export const url = z.url({
  protocol: /^https?$/,
  error: 'must be an address that begins with https:// or http://',
});

const REFERENCE = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/;

/** The address itself can be a secret, as that of a chat's webhook is. */
export const secretUrl = z.union([url, z.string().regex(REFERENCE)], {
  error:
    'must be an address that begins with https:// or http://, or a reference to one, env:NAME or file:PATH',
});

/** Secrets are never in a file. */
export const secret = z.string().regex(REFERENCE, {
  error: 'must be a reference, env:NAME or file:PATH; the secret itself does not belong into a file',
});

/** Names of one of several; the message names them all. */
export function oneOf<const Names extends readonly string[]>(...names: Names) {
  return z.enum(names, { error: `must be one of ${names.join(', ')}` });
}
