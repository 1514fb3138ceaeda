import { createHmac } from 'node:crypto';
import { Problem } from '../../base/errors.ts';

/**
 * Headers of Standard Webhooks (https://www.standardwebhooks.com, `spec/standard-webhooks.md`): HMAC-SHA-256 over
 * `id.timestamp.body`, one signature for each key so that keys can be rotated.
 * @param at unix ms
 * @param keys `whsec_` and base64, newest first; none gives no signature
 * @throws Problem `secret_invalid`
 */
export function webhookHeaders(
  id: string,
  at: number,
  body: string,
  keys: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (keys.length === 0) return headers;
  const signatures = keys.map((key) => {
    const mac = createHmac('sha256', bytesOf(key)).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  });
  return { ...headers, 'webhook-signature': signatures.join(' ') };
}

const LEAST_BYTES = 24;

function bytesOf(key: string): Buffer {
  const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  if (!key.startsWith('whsec_') || bytes.length < LEAST_BYTES)
    throw new Problem(
      'secret_invalid',
      `A signing secret is whsec_ and base64 of at least ${LEAST_BYTES} bytes; make one with: echo whsec_$(openssl rand -base64 32)`,
    );
  return bytes;
}
