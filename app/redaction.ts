import { randomBytes } from 'node:crypto';
import { Redaction } from '../collector/wire/redaction.ts';
import type { State } from '../store/state/state.ts';
import type { Config } from './settings.ts';

/** The flag in `state.db` with the secret of this installation's hashes: equal values stay equal for ever. */
const SALT = 'attributes.salt';

/** What `--drop-attributes` and `--hash-attributes` ask for; undefined when neither asks for anything. */
export function redactionOf(config: Config, { flags }: Pick<State, 'flags'>): Redaction | undefined {
  const [drop, hash] = [config['drop-attributes'], config['hash-attributes']];
  if (drop.length + hash.length === 0) return undefined;
  const salt = flags.get(SALT) ?? randomBytes(32).toString('hex');
  flags.set(SALT, salt);
  return new Redaction({ drop, hash, salt });
}
