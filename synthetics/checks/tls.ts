import { isIP } from 'node:net';
import { connect as dial, type TLSSocket } from 'node:tls';
import type { TlsCheck } from './check.ts';
import { Failed, failedOf } from './failures.ts';
import { Exchange, type Probing } from './probing.ts';

const DAY_MS = 86_400_000;

/** Shakes hands, and looks whether the certificate is trusted and how long it is valid. @throws Failed */
export async function shakeHands(check: TlsCheck, probing: Probing): Promise<void> {
  const exchange = new Exchange(probing, 'TLS', `tls://${check.host}:${check.port}`);
  exchange.addresses.admit(check.host);
  const socket = dial({
    host: check.host,
    port: check.port,
    // RFC 6066 knows no addresses there; the certificate is held against the address all the same.
    servername: isIP(check.servername) === 0 ? check.servername : '',
    lookup: exchange.addresses.lookup,
    // Judged below: one that has expired is an answer with a date, not a connection that failed.
    rejectUnauthorized: false,
  });
  exchange.follow(socket, true);
  const shaken = new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.on('error', reject);
    socket.once('end', () => reject(new Failed('target', 'it closed the connection before the handshake')));
  });
  await exchange.within(
    shaken.then(() => {
      probing.certificateExpiresAt = expiryOf(socket);
      if (check.verify && !socket.authorized) throw untrusted(socket.authorizationError);
    }),
    () => socket.destroy(),
  );
  expectCertificate(probing.certificateExpiresAt, check.certificate);
}

const untrusted = (error: unknown): Failed =>
  new Failed('assertion', failedOf({ code: error, message: String(error) }).message);

/** When the peer's certificate ends to be valid, unix milliseconds; null when there is none. */
export function expiryOf(socket: TLSSocket): number | null {
  const time = Date.parse(socket.getPeerCertificate().valid_to ?? '');
  return Number.isNaN(time) ? null : time;
}

/** @param least milliseconds it must be valid for from now. @throws Failed */
export function expectCertificate(expiresAt: number | null, least: number, now = Date.now()): void {
  if (expiresAt === null) throw new Failed('assertion', 'it shows no certificate');
  const left = expiresAt - now;
  const date = new Date(expiresAt).toISOString().slice(0, 10);
  if (left < 0) throw new Failed('assertion', `its certificate expired on ${date}`);
  if (left < least)
    throw new Failed(
      'assertion',
      `its certificate expires in ${Math.floor(left / DAY_MS)} days, on ${date}; ${Math.round(least / DAY_MS)} days are expected`,
    );
}
