/** Requests that change something come from this very page or from a program, never from another site's page. */
import type { Context, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { Problem } from '../base/errors.ts';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];
const MOST_BODY_BYTES = 64 * 1024;

/**
 * Browsers send `Origin` with whatever changes something, and ask before they send JSON to another site; forms cannot
 * send JSON at all. So both are looked at, and no token is needed.
 */
export function sameOriginOnly(): MiddlewareHandler {
  return async (c, next) => {
    if (!SAFE.includes(c.req.method)) check(c);
    await next();
  };
}

function check(c: Context): void {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  const own = new URL(c.req.url);
  const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === own.host);
  if (!isOwn || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    throw new Problem('forbidden_origin', 'Only the dashboard itself may change something, not another site');
  // A page of another site that wants to DELETE is asked about it first; a form can only POST.
  if (c.req.method === 'DELETE') return;
  if (!/^application\/json(?:\s*;|$)/i.test(c.req.header('content-type') ?? ''))
    throw new Problem('unsupported_media', 'Send JSON, with the header Content-Type: application/json');
}

/**
 * The body as the schema wants it; at most 64 KiB are read, by counting what comes and not by what is announced.
 * @throws Problem `body_too_large` | `invalid_parameter`, ZodError
 */
export async function jsonBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) throw new Problem('body_too_large', 'The body is larger than 64 KiB');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  try {
    return schema.parse(text === '' ? {} : JSON.parse(text));
  } catch (thrown) {
    if (thrown instanceof SyntaxError)
      throw new Problem('invalid_parameter', `The body is not JSON: ${thrown.message}`);
    throw thrown;
  }
}
