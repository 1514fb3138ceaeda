import { BAD_PAYMENT, VERSIONS } from '../shop/versions.ts';
import type { Shop } from '../supervise/shop.ts';

/** What a fault does things to. */
export type Patient = Pick<Shop, 'behave' | 'deployPayment'>;

export type FaultName =
  | 'slow-payment'
  | 'payment-errors'
  | 'memory-leak'
  | 'stuck-queue'
  | 'database-lock'
  | 'bad-release'
  | 'roll-back'
  | 'load-x3';

export interface Fault {
  name: FaultName;
  /** What is wrong while it lasts, in one sentence. */
  summary: string;
  /** Milliseconds until it ends by itself; 0 when it is done at once. */
  lastsMs: number;
  /** Faults that are over by this. */
  ends?: readonly FaultName[];
  begin(shop: Patient): Promise<void>;
  end(shop: Patient): Promise<void>;
}

/** Every fault that the demo knows. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  'slow-payment': {
    name: 'slow-payment',
    summary: 'The card network takes three times as long, and the line at the checkout grows.',
    lastsMs: 120_000,
    begin: (shop) => shop.behave({ slowness: 3 }),
    end: (shop) => shop.behave({ slowness: 1 }),
  },
  'payment-errors': {
    name: 'payment-errors',
    summary: 'Every third charge fails.',
    lastsMs: 120_000,
    begin: (shop) => shop.behave({ errorShare: 1 / 3 }),
    end: (shop) => shop.behave({ errorShare: 0 }),
  },
  'memory-leak': {
    name: 'memory-leak',
    summary: 'The cart keeps 128 kB of every request, up to 192 MB.',
    lastsMs: 180_000,
    begin: (shop) => shop.behave({ leak: true }),
    end: (shop) => shop.behave({ leak: false }),
  },
  'stuck-queue': {
    name: 'stuck-queue',
    summary: 'Fulfilment runs but takes nothing from the queue; paid orders pile up.',
    lastsMs: 120_000,
    begin: (shop) => shop.behave({ stuck: true }),
    end: (shop) => shop.behave({ stuck: false }),
  },
  'database-lock': {
    name: 'database-lock',
    summary: 'A stocktaking holds the write lock of the database: no cart is filled, no order taken.',
    lastsMs: 45_000,
    begin: (shop) => shop.behave({ stocktaking: true }),
    end: (shop) => shop.behave({ stocktaking: false }),
  },
  'bad-release': {
    name: 'bad-release',
    summary: `Payment ${BAD_PAYMENT} is released: slow, and a quarter of the charges fails.`,
    lastsMs: 300_000,
    begin: (shop) => shop.deployPayment(BAD_PAYMENT),
    end: (shop) => shop.deployPayment(VERSIONS.payment),
  },
  'roll-back': {
    name: 'roll-back',
    summary: `Payment ${VERSIONS.payment} serves.`,
    lastsMs: 0,
    ends: ['bad-release'],
    begin: (shop) => shop.deployPayment(VERSIONS.payment),
    end: async () => {},
  },
  'load-x3': {
    name: 'load-x3',
    summary: 'Three times as many visitors come.',
    lastsMs: 120_000,
    begin: (shop) => shop.behave({ load: 3 }),
    end: (shop) => shop.behave({ load: 1 }),
  },
};
