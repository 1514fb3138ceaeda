import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';

/** Where a request came from, IPv4 without its IPv6 wrapping. A header cannot change it: anybody can write one. */
export function addressOf(c: Context): string {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  return (incoming?.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}
