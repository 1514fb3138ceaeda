import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redaction } from '../collector/wire/redaction.ts';
import type { Config } from './settings.ts';

/** What `--drop-attributes` and `--hash-attributes` ask for; undefined when neither asks for anything. */
export function redactionOf(config: Config, dataFolder: string): Redaction | undefined {
  const [drop, hash] = [config['drop-attributes'], config['hash-attributes']];
  if (drop.length + hash.length === 0) return undefined;
  return new Redaction({ drop, hash, salt: config['hash-secret'] || ownSecret(dataFolder) });
}

/** Made once for the data folder: equal values stay equal for ever. */
function ownSecret(dataFolder: string): string {
  const file = join(dataFolder, 'hash-secret');
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
  return readFileSync(file, 'utf8');
}
