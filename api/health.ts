import { Hono } from 'hono';
import { answerHealth, type Health, type HealthPath } from '../model/health.ts';

/** `/healthz` and `/readyz`, for whoever asks by whatever name: a kubelet knows a pod by its address only. */
export function healthRoutes(health: Health) {
  return new Hono()
    .get('/healthz', () => respond(health, '/healthz'))
    .get('/readyz', () => respond(health, '/readyz'));
}

/** `/metrics` in Prometheus' format; browsers, which ask for HTML, get the page of that name. */
export function prometheusRoute(health: Health) {
  return new Hono().get('/metrics', (c, next) =>
    (c.req.header('accept') ?? '').includes('text/html') ? next() : respond(health, '/metrics'),
  );
}

async function respond(health: Health, path: HealthPath): Promise<Response> {
  const { status, type, body } = await answerHealth(health, path);
  return new Response(body, { status, headers: { 'Content-Type': type, 'Cache-Control': 'no-store' } });
}
