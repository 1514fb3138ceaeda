/** What those who watch over a process ask it: load balancers, containers, Prometheus. */
export interface Health {
  /** '' when it can do its work, else one sentence why not. */
  notReady(): string;
  /** Its own metrics in Prometheus' text format; null while own telemetry is off. */
  metrics(): Promise<string | null>;
}

export interface HealthAnswer {
  status: 200 | 404 | 503;
  type: string;
  body: string;
}

export const HEALTH_PATHS = ['/healthz', '/readyz', '/metrics'] as const;
export type HealthPath = (typeof HEALTH_PATHS)[number];

const JSON_TYPE = 'application/json; charset=utf-8';
/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `/healthz`: the process answers; `/readyz`: it can do its work; `/metrics`: what it counts. */
export async function answerHealth(health: Health, path: HealthPath): Promise<HealthAnswer> {
  if (path === '/healthz') return { status: 200, type: JSON_TYPE, body: '{"status":"ok"}\n' };
  if (path === '/readyz') {
    const detail = health.notReady();
    const body = `${JSON.stringify({ status: detail === '' ? 'ready' : 'not ready', detail })}\n`;
    return { status: detail === '' ? 200 : 503, type: JSON_TYPE, body };
  }
  const text = await health.metrics();
  if (text !== null) return { status: 200, type: PROMETHEUS_TYPE, body: text };
  return {
    status: 404,
    type: 'text/plain; charset=utf-8',
    body: 'Own telemetry is off: start with --self-telemetry on\n',
  };
}
