import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../base/errors.ts';

/** @param token undefined: anybody may send. @throws Problem `unauthenticated` */
export function checkToken(authorization: string | undefined, token: string | undefined): void {
  if (token === undefined) return;
  const given = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? '';
  // Of the digests: the comparison then tells neither the token nor its length by its time.
  if (!timingSafeEqual(digest(given), digest(token)))
    throw new Problem(
      'unauthenticated',
      'The ingest token is missing or wrong; set OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer <token>"',
    );
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
