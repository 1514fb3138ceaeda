/** Takes paid orders from the queue and sends them off. */
import { idle } from '../../base/clock.ts';
import { openDatabase } from './database.ts';
import { log } from './log.ts';
import { measureQueue, openQueue } from './queue.ts';
import type { Service, Surroundings } from './service.ts';
import { SHOP_FILE } from './tables.ts';

const POLL_MS = 100;
/** A parcel takes a moment. */
const PACK_MS = 25;
const RETRY_MS = 500;

export function fulfilment({ folder }: Surroundings): Service {
  const database = openDatabase(folder, SHOP_FILE);
  const queue = openQueue(folder);
  const endMeasuring = measureQueue(queue);
  let stuck = false;
  let stopped = false;
  const send = async (message: unknown) => {
    const { order } = message as { order: number };
    await idle(PACK_MS);
    await database.run('UPDATE orders', `UPDATE orders SET state = 'sent' WHERE id = ?`, [order]);
    log.info('An order was sent.', { 'shop.order.id': order });
  };
  const work = async () => {
    while (!stopped) {
      const took = stuck ? false : await queue.receive(send).catch(failed);
      if (!took) await idle(POLL_MS);
    }
  };
  const working = work();
  return {
    routes: [],
    behave: (behaviour) => {
      stuck = behaviour.stuck;
    },
    stop: async () => {
      stopped = true;
      await working;
      endMeasuring();
      queue.close();
      database.close();
    },
  };
}

async function failed(error: Error): Promise<false> {
  log.error('An order could not be sent; it is tried again.', { 'exception.message': error.message });
  await idle(RETRY_MS);
  return false;
}
