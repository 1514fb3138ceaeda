import type { MiddlewareHandler } from 'hono';
import { Problem } from '../base/errors.ts';

/** Nothing inline, nothing from elsewhere, no framing: telemetry is hostile input. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Sets what keeps browsers careful on every answer, also on failures. */
export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    // An answer that is none of our own pages may be stricter.
    if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', CSP);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cross-Origin-Opener-Policy', 'same-origin');
    c.header('Cross-Origin-Resource-Policy', 'same-origin');
    // Browsers look at it on https only (RFC 6797).
    if (new URL(c.req.url).protocol === 'https:') c.header('Strict-Transport-Security', 'max-age=31536000');
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;

export interface HostNames {
  /** Lower case, without ports. */
  names: readonly string[];
  /** Whether any IP address will do: off loopback, where the log-in guards, and where no name can be bound to one. */
  addresses: boolean;
}

/**
 * Only under names it knows: another site's name that resolves here (DNS rebinding) would make that site's pages our own
 * to the browser.
 */
export function knownHostOnly(hosts: HostNames = { names: [], addresses: false }): MiddlewareHandler {
  return async (c, next) => {
    const given = c.req.header('host') ?? '';
    const name = given.replace(/:\d+$/, '').toLowerCase();
    if (!LOOPBACK.test(name) && !hosts.names.includes(name) && !(hosts.addresses && ADDRESS.test(name)))
      throw new Problem(
        'forbidden_host',
        `This dashboard answers to ${['localhost', ...hosts.names].join(', ')} only, not to "${given.slice(0, 100)}"; --http-names adds names`,
      );
    await next();
  };
}
