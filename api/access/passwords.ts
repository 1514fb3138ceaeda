import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../base/errors.ts';

/** OWASP, Password Storage Cheat Sheet: N = 2^15, r = 8, p = 3, which takes 32 MiB for the time of a hash. */
const NOW = { ln: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Whoever asks beyond is told to come again: each costs about a third of a second of a core. */
const MOST_WAITING = 20;

export interface Passwords {
  /** `scrypt$ln=15,r=8,p=3$salt$hash`. @throws Problem `too_many_attempts` */
  hash(password: string): Promise<string>;
  /** Takes the same time for '' (nobody has this name) as for a hash. @throws Problem `too_many_attempts` */
  verify(password: string, stored: string): Promise<boolean>;
}

/**
 * Passwords by scrypt, one at a time: they share the thread pool with the journal's writes.
 * @param cost of new ones
 */
export function createPasswords(cost: Cost = NOW): Passwords {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= MOST_WAITING)
      throw new Problem('too_many_attempts', 'Too many log-ins at once; try again in a moment', {
        retryable: true,
      });
    waiting++;
    const turn = last.then(work);
    last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      waiting--;
    }
  };
  const nobody = format(cost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT_BYTES);
        return format(cost, salt, await derive(password, salt, cost));
      }),
    verify: (password, stored) =>
      inTurn(async () => {
        const { salt, hash, ...its } = parse(stored === '' ? nobody : stored);
        return timingSafeEqual(await derive(password, salt, its), hash) && stored !== '';
      }),
  };
}

type Cost = typeof NOW;

function derive(password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln;
  // The same characters may come in different code points, depending on the keyboard (RFC 8265).
  const text = password.normalize('NFC');
  return new Promise((resolve, reject) =>
    scrypt(text, salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}

const format = ({ ln, r, p }: Cost, salt: Buffer, hash: Buffer): string =>
  `scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;

function parse(stored: string): Cost & { salt: Buffer; hash: Buffer } {
  const [, ln, r, p, salt, hash] =
    /^scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored) ?? [];
  if (!salt || !hash) throw new Error('A stored password is not of the form scrypt$ln=,r=,p=$salt$hash');
  return {
    ...{ ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
}
