/**
 * One process of the shop: `node demo/shop/main.ts payment`. Started by the demo's main process, which tells it over IPC
 * where the others are and how to misbehave; when that channel closes, this process ends.
 */
import { env, exit } from 'node:process';
import { whenParentIsGone } from '../supervise/parent.ts';
import { type FromService, HEALTHY, type Peers, type ServiceName, type ToService } from './messages.ts';
import type { Service, Surroundings } from './service.ts';
import { startTelemetry } from './telemetry.ts';

const EXPORT_WITHIN_MS = 1_500;
const FINISH_WITHIN_MS = 5_000;

const name = process.argv[2] as ServiceName;
if (!process.send) {
  process.stderr.write('This is a part of the demo and is started by it: npm run demo\n');
  exit(2);
}
// Nobody is there to be served any more: no manners, no strays.
whenParentIsGone(() => exit(0));

const tell = (message: FromService) => {
  if (process.connected) process.send!(message);
};
// Before anything that it instruments is imported.
const endTelemetry = startTelemetry((message) => tell({ type: 'complaint', message }));
const { serve } = await import('./server.ts');
const make: Record<ServiceName, () => Promise<(surroundings: Surroundings) => Service>> = {
  'shop-web': async () => (await import('./web.ts')).web,
  catalogue: async () => (await import('./catalogue.ts')).catalogue,
  cart: async () => (await import('./cart.ts')).cart,
  checkout: async () => (await import('./checkout.ts')).checkout,
  payment: async () => (await import('./payment.ts')).payment,
  fulfilment: async () => (await import('./fulfilment.ts')).fulfilment,
};

let peers: Peers = {};
const service = (await make[name]())({
  folder: env.SHOP_FOLDER ?? '.',
  version: env.SHOP_VERSION ?? '',
  peer: (wanted) => {
    const url = peers[wanted];
    if (url === undefined) throw new Error(`${wanted} is not there yet`);
    return url;
  },
  tell,
});
process.on('message', (message: ToService) => {
  if (message.type === 'peers') peers = message.peers;
  else {
    service.behave?.({ ...HEALTHY, ...message.behaviour });
    tell({ type: 'behaving', id: message.id });
  }
});

const { server, url } = await serve(service.routes, Number(env.SHOP_PORT ?? 0)).catch((error: Error) => {
  process.stderr.write(`${name} cannot listen: ${error.message}\n`);
  return exit(1);
});

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => exit(0), FINISH_WITHIN_MS + EXPORT_WITHIN_MS).unref();
  const answered = new Promise((resolve) => server.close(resolve));
  // Connections that are kept for later requests become idle one by one.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), FINISH_WITHIN_MS);
  await answered;
  clearInterval(idle);
  clearTimeout(cut);
  await service.stop?.();
  await Promise.race([
    endTelemetry().catch(() => {}),
    new Promise((done) => setTimeout(done, EXPORT_WITHIN_MS)),
  ]);
  exit(0);
}
process.once('SIGTERM', () => void end());

tell({ type: 'ready', url });
