/** Charges cards over a card network that takes about a second, as they do. */
import { randomUUID } from 'node:crypto';
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { sleep } from '../../base/clock.ts';
import { log } from './log.ts';
import { HEALTHY } from './messages.ts';
import { json } from './server.ts';
import type { Service, Surroundings } from './service.ts';
import { BAD_PAYMENT } from './versions.ts';

const BAD_SLOWNESS = 2.5;
const BAD_ERROR_SHARE = 0.25;

/** Milliseconds, evenly spread. */
const NETWORK_MS = { least: 800, most: 1_600 };

export interface Charge {
  id: string;
  /** What the card network took, in milliseconds. */
  network_ms: number;
}

const tracer = trace.getTracer('shop.payment');
const charges = metrics.getMeter('shop.payment').createCounter('shop.payment.charges', { unit: '{charge}' });

export function payment({ version }: Surroundings): Service {
  const isBad = version === BAD_PAYMENT;
  let behaviour = HEALTHY;
  const charge = async () => {
    const { least, most } = NETWORK_MS;
    const slowness = behaviour.slowness * (isBad ? BAD_SLOWNESS : 1);
    const networkMs = Math.round((least + Math.random() * (most - least)) * slowness);
    const fails = Math.random() < Math.max(behaviour.errorShare, isBad ? BAD_ERROR_SHARE : 0);
    await askNetwork(networkMs, fails);
    charges.add(1, { 'shop.payment.result': fails ? 'failed' : 'charged' });
    if (!fails) return json(201, { id: randomUUID(), network_ms: networkMs } satisfies Charge);
    log.error('The card network gave no authorisation.', { 'shop.payment.network_ms': networkMs });
    return json(502, { error: 'The card network gave no authorisation.' });
  };
  return {
    routes: [{ method: 'POST', path: '/charges', handle: charge }],
    behave: (wanted) => {
      behaviour = wanted;
    },
  };
}

async function askNetwork(networkMs: number, fails: boolean): Promise<void> {
  const span = tracer.startSpan('POST authorisations', {
    kind: SpanKind.CLIENT,
    attributes: { 'http.request.method': 'POST', 'server.address': 'cards.example.com', 'server.port': 443 },
  });
  await sleep(networkMs);
  span.setAttribute('http.response.status_code', fails ? 504 : 201);
  if (fails) span.setAttribute('error.type', '504').setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
