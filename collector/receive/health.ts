import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../../base/errors.ts';
import { answerHealth, HEALTH_PATHS, type Health } from '../../model/health.ts';
import { checkToken, type MayDeliver } from './token.ts';

/**
 * `GET /healthz`, `/readyz` and `/metrics` of a process whose only port is this one. Metrics need the token, if there is one.
 * @returns false: it is another path
 */
export function answerWatcher(
  request: IncomingMessage,
  response: ServerResponse,
  health: Health,
  mayDeliver: MayDeliver | undefined,
): boolean {
  const path = HEALTH_PATHS.find((one) => one === (request.url ?? '').split('?', 1)[0]);
  if (path === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
  void (async () => {
    try {
      if (path === '/metrics') checkToken(request.headers.authorization, mayDeliver, 'figures');
      const { status, type, body } = await answerHealth(health, path);
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
    } catch (thrown) {
      const isRefused = thrown instanceof Problem && thrown.code === 'unauthenticated';
      response.writeHead(isRefused ? 401 : 500, isRefused ? { 'WWW-Authenticate': 'Bearer' } : {}).end();
    }
  })();
  return true;
}
