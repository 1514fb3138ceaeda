import { readFileSync } from 'node:fs';
import { Problem } from '../../base/errors.ts';
import type { Environment } from './environment.ts';

/** A shorter one is part of ordinary words: taking it out would leave holes everywhere and hide nothing. */
const LEAST_LENGTH = 4;

/**
 * Values of the secrets that a journey refers to.
 * @param references by the journey's name for it: `env:NAME` or `file:/path` (its content, trimmed)
 * @throws Problem `secret_missing`, `secret_too_short`; never with a value
 */
export function resolveSecrets(
  references: Readonly<Record<string, string>>,
  environment: Environment,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(references).map(([name, reference]) => {
      const value = readReference(reference, environment);
      if (value === undefined || value === '')
        throw new Problem(
          'secret_missing',
          `the secret "${name}" is not there: ${reference} is empty or cannot be read`,
        );
      if (value.length < LEAST_LENGTH)
        throw new Problem(
          'secret_too_short',
          `the secret "${name}" (${reference}) is shorter than ${LEAST_LENGTH} characters and could not be kept out of results`,
        );
      return [name, value];
    }),
  );
}

function readReference(reference: string, environment: Environment): string | undefined {
  if (reference.startsWith('env:')) return environment[reference.slice(4)];
  try {
    return readFileSync(reference.slice(5), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Takes secrets out of a text: as they are, in URLs, in forms, in JSON and in Base64. */
export type Redact = (text: string) => string;

/** Each value becomes `[secret name]`. */
export function redactor(secrets: Readonly<Record<string, string>>): Redact {
  const shapes = Object.entries(secrets)
    .flatMap(([name, value]) => shapesOf(value).map((shape) => [shape, `[secret ${name}]`] as const))
    // The longest first, so that none leaves its tail behind.
    .sort(([a], [b]) => b.length - a.length);
  return (text) => shapes.reduce((rest, [shape, mark]) => rest.replaceAll(shape, mark), text);
}

function shapesOf(value: string): string[] {
  const uri = encodeURIComponent(value);
  const form = new URLSearchParams({ v: value }).toString().slice(2);
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return [...new Set([value, uri, form, json, JSON.stringify(json).slice(1, -1), html, ...base64(value)])];
}

/** In Base64 a value looks different at each of three offsets; the first and last characters depend on its neighbours. */
function base64(value: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const whole = bytes.toString('base64').replace(/=+$/, '');
    const from = offset === 0 ? 0 : offset + 1;
    const to = bytes.length % 3 === 0 ? whole.length : whole.length - 1;
    const certain = whole.slice(from, to);
    return certain.length < LEAST_LENGTH ? [] : [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
