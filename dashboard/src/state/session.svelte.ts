/** Who the reader is. Pages are shown at once; only an answer that asks for log-in takes them away. */
import type { Invitation, SessionView } from '../../../model/access.ts';
import { api, change, whenUnauthenticated } from './api.ts';

class Session {
  auth = $state<SessionView['auth'] | undefined>();
  user = $state.raw<SessionView['user']>(null);
  mustLogIn = $derived(this.auth === 'on' && this.user === null);
  /** Without log-in everybody may do everything, and that is only this machine. */
  isAdmin = $derived(this.auth === 'off' || this.user?.role === 'admin');

  async load(signal: AbortSignal): Promise<void> {
    // A product that does not answer is told by the pages.
    await api.session(signal).then(this.#take, () => {});
  }

  async logIn(name: string, password: string): Promise<void> {
    this.#take(await change<SessionView>('POST', ['session'], { name, password }));
  }

  async logOut(): Promise<void> {
    this.#take(await change<SessionView>('DELETE', ['session']));
  }

  /** What a link from an administrator leads to. @throws ApiError */
  lookAt(link: string): Promise<Invitation> {
    return change('POST', ['join', 'look'], { link });
  }

  async join(link: string, name: string, password: string): Promise<void> {
    const body = name === '' ? { link, password } : { link, name, password };
    this.#take(await change<SessionView>('POST', ['join'], body));
  }

  /** The session is over: expired, ended elsewhere, or never was. */
  lost(): void {
    this.auth = 'on';
    this.user = null;
  }

  readonly #take = ({ auth, user }: SessionView): void => {
    this.auth = auth;
    this.user = user;
  };
}

export const session = new Session();
whenUnauthenticated(() => session.lost());
