/** What the demo's main process and the shop's processes tell each other over their IPC channel. */

export const SERVICES = ['shop-web', 'catalogue', 'cart', 'checkout', 'payment', 'fulfilment'] as const;
/** What a checkout worker takes at once. */
export const ORDERS_AT_ONCE = 4;

export type ServiceName = (typeof SERVICES)[number];

/** Where the others are; sent again whenever one has moved. */
export type Peers = Readonly<Partial<Record<ServiceName, string>>>;

/** How a process misbehaves. Faults set these, one or several at once; all off is the shop in health. */
export interface Behaviour {
  /** Payment: the card network takes this many times as long. */
  slowness: number;
  /** Payment: share of charges that fail, 0..1. */
  errorShare: number;
  /** Cart: nothing it allocates for its visitors is let go. */
  leak: boolean;
  /** Fulfilment: takes no orders from the queue. */
  stuck: boolean;
  /** Catalogue: counts the stock in one write transaction, which keeps all other writers out. */
  stocktaking: boolean;
  /** Load: times the normal number of visitors. */
  load: number;
}

export const HEALTHY: Behaviour = {
  slowness: 1,
  errorShare: 0,
  leak: false,
  stuck: false,
  stocktaking: false,
  load: 1,
};

export type ToService =
  | { type: 'peers'; peers: Peers }
  /** Answered by `behaving` with the same id, once it is in force. */
  | { type: 'behave'; id: number; behaviour: Behaviour };

export type FromService =
  /** `url` is '' for a process that serves nothing. */
  | { type: 'ready'; url: string }
  | { type: 'behaving'; id: number }
  /** Its telemetry does not get through. */
  | { type: 'complaint'; message: string }
  /** A checkout worker's orders, whenever they change. */
  | { type: 'orders'; running: number; waiting: number; done: number };
