import type { ServiceName } from './messages.ts';

/** What each service runs as `service.version` in health. */
export const VERSIONS: Readonly<Record<ServiceName, string>> = {
  'shop-web': '2.3.0',
  catalogue: '1.9.1',
  cart: '1.2.0',
  checkout: '3.1.0',
  payment: '1.4.2',
  fulfilment: '0.8.4',
};

/** Payment's next release. Asks the card network again and again and gives up too early: slow, and a quarter fails. */
export const BAD_PAYMENT = '1.4.3';
