import { createHash, randomBytes } from 'node:crypto';

/** What a secret begins with, so that scanners of repositories and people know it. */
export type SecretKind = 'lws' | 'lwt' | 'lwl';

/** 256 random bits that a URL, a cookie and a header can carry: `lwt_…` a token, `lws_…` a session, `lwl_…` a link. */
export function newSecret(kind: SecretKind): string {
  return `${kind}_${randomBytes(32).toString('base64url')}`;
}

/** How a secret of 256 random bits is kept: nothing slower is needed, for nobody can try them all. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
