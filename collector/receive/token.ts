import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../base/errors.ts';

/** What a sender wants to deliver; files of probes are for those who send as probes; `figures` are those for Prometheus. */
export type Delivery = 'otlp' | 'artifacts' | 'figures';

/** Whether who shows this token may deliver this; undefined in place of it: anybody may. */
export type MayDeliver = (token: string, what: Delivery) => boolean;

/** @throws Problem `unauthenticated` */
export function checkToken(
  authorization: string | undefined,
  mayDeliver: MayDeliver | undefined,
  what: Delivery,
): void {
  if (mayDeliver === undefined) return;
  const given = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? '';
  if (!mayDeliver(given, what))
    throw new Problem(
      'unauthenticated',
      'The ingest token is missing or wrong; set OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer <token>"',
    );
}

/** Allows one token alone. Compares digests, so that the time tells neither the token nor its length. */
export function onlyToken(token: string): MayDeliver {
  const wanted = digest(token);
  return (given) => timingSafeEqual(digest(given), wanted);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
