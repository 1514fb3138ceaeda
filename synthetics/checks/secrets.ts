import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Problem } from '../../base/errors.ts';

/** `${env:NAME}` and `${file:PATH}`. */
const REFERENCE = /\$\{(env|file):([^{}]+)\}/g;
const MAX_SECRET = 10_000;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A text as it may be sent, and the secrets that are in it, which must never be shown. */
export interface Revealed {
  text: string;
  secrets: string[];
}

/**
 * Puts the values of references into a text. Read at every run: a secret that is changed needs no restart.
 * @param file the definition's; paths of secrets are relative to its folder
 * @throws Problem `no_secret` with the reference, never with a value
 */
export function reveal(text: string, environment: Environment, file: string): Revealed {
  const secrets: string[] = [];
  const revealed = text.replace(REFERENCE, (reference, source: string, name: string) => {
    const value =
      source === 'env' ? environment[name.trim()] : readSecret(resolve(dirname(file), name.trim()));
    if (value === undefined || value === '')
      throw new Problem('no_secret', `${reference} has no value here${whereToPut(source, name)}`);
    secrets.push(value);
    return value;
  });
  return { text: revealed, secrets };
}

/** A reference that is not one: anything else in `${}` was meant as something. Undefined when all are. */
export function wrongReference(text: string): string | undefined {
  return /\$\{[^{}]*\}?/.exec(text.replace(REFERENCE, ''))?.[0];
}

/** The text with every secret as `***`, also as it looks inside of a URL. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), encodeURI(secret)]);
  // The longest first: one secret may be the beginning of another.
  return [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .reduce((shown, form) => shown.replaceAll(form, '***'), text);
}

const whereToPut = (source: string, name: string): string =>
  source === 'env'
    ? `: set ${name} for the process that runs the checks`
    : ': the file cannot be read or is empty';

function readSecret(path: string): string | undefined {
  try {
    // The last line break belongs to the editor.
    return readFileSync(path, 'utf8')
      .slice(0, MAX_SECRET)
      .replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
