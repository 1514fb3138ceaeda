import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { messageOf, Problem } from './errors.ts';

/**
 * The value behind `env:NAME` or `file:/absolute/path` (without its final line break). Secrets are never written into
 * files of rules themselves.
 * @param env the environment, handed in by `app`
 * @throws Problem `secret_missing` that names the reference and never the value
 */
export function readSecret(reference: string, env: Readonly<Record<string, string | undefined>>): string {
  const [, kind, rest] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  if (kind === undefined || rest === undefined)
    throw new Problem(
      'secret_missing',
      'A secret is given as env:NAME or file:/absolute/path, never as itself',
    );
  const value = kind === 'env' ? env[rest] : readFile(rest);
  if (value === undefined || value === '')
    throw new Problem('secret_missing', `The secret ${reference} is not set, or empty`, { retryable: true });
  return value;
}

function readFile(path: string): string {
  if (!isAbsolute(path)) throw new Problem('secret_missing', `The path in file:${path} must be absolute`);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (thrown) {
    throw new Problem('secret_missing', `The secret file:${path} cannot be read: ${messageOf(thrown)}`, {
      retryable: true,
    });
  }
}
