import type { Behaviour, FromService, Peers } from './messages.ts';
import type { Route } from './server.ts';

/** What a service of the shop is given. */
export interface Surroundings {
  /** Folder of the shop's databases. */
  folder: string;
  /** Version it runs as; a bad release behaves as one. */
  version: string;
  /** @throws Error when that service is not there yet */
  peer(name: keyof Peers): string;
  tell(message: FromService): void;
}

/** One of the shop's services, as its file makes it. */
export interface Service {
  routes: readonly Route[];
  /** A fault begins or ends. */
  behave?(behaviour: Behaviour): void;
  /** Ends what it does besides answering. */
  stop?(): Promise<void> | void;
}
