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
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Without log-in, only pages of this very machine may ask: another site's name that resolves here (DNS rebinding) may not. */
export function loopbackHostOnly(): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!LOOPBACK.test(host))
      throw new Problem(
        'forbidden_host',
        `This dashboard answers to localhost only, not to "${host.slice(0, 100)}"`,
      );
    await next();
  };
}
