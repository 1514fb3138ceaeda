/** Log-in, sessions, and the links by which people get a password. */
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { Invitation, User } from '../../model/access.ts';
import type { Role } from '../../model/operation.ts';
import type { People } from '../../store/state/people.ts';
import type { State } from '../../store/state/state.ts';
import { addressKey, Limiter } from './limiter.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { hashOf, newSecret } from './secrets.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Without a request for so long a session ends; a page that is open asks all the time. */
const IDLE_MS = 12 * HOUR_MS;
/** And after so long in any case. */
export const SESSION_MS = 7 * 24 * HOUR_MS;
const SEEN_EVERY_MS = MINUTE_MS;
/** Of the administrator's link at the start, of an invitation and of a reset. */
const FIRST_LINK_MS = HOUR_MS;
const LINK_MS = 72 * HOUR_MS;
const WINDOW_MS = 5 * MINUTE_MS;
const ATTEMPTS = { address: 20, user: 10 };

export interface Accounts {
  /** @returns the session's secret. @throws Problem `wrong_password` | `too_many_attempts` */
  logIn(name: string, password: string, address: string): Promise<string>;
  /** Whose session it is; null when there is none (any more). */
  userOf(session: string): User | null;
  logOut(session: string): void;
  /** Ends the other sessions. @throws Problem `wrong_password` | `too_many_attempts` */
  changePassword(session: string, current: string, next: string, address: string): Promise<void>;
  /** What a link leads to. @throws Problem `link_used` | `too_many_attempts` */
  lookAt(link: string, address: string): Invitation;
  /** Uses the link up. @returns a session. @throws Problem `link_used` | `conflict` | `too_many_attempts` */
  join(link: string, name: string, password: string, address: string): Promise<string>;
  /** A link that makes an administrator, and when it ends. */
  administratorLink(): { link: string; until: number };
  hasAdministrator(): boolean;
  list(): User[];
  /** @returns the link for the new user. @throws Problem `conflict` */
  invite(name: string, role: Role): { user: User; link: string };
  /** @throws Problem `not_found` | `conflict`, as the others */
  setRole(id: number, role: Role): User;
  /** Takes the password away and ends the sessions. @returns the link for a new one */
  reset(id: number): { user: User; link: string };
  remove(id: number): User;
  /** Forgets sessions that have ended. */
  tidy(): void;
}

/** People and their sessions in `state.db`. */
export function createAccounts(state: State, clock: Clock, passwords = createPasswords()): Accounts {
  const links = createLinks(state, clock);
  return {
    ...comingIn(state, clock, passwords, links),
    ...administration(state, clock, links),
    administratorLink: () => links.make(null, FIRST_LINK_MS),
    tidy: () => state.people.sessions.prune(clock.now() - SESSION_MS, clock.now() - IDLE_MS),
  };
}

interface Links {
  make(user: number | null, ms: number): { link: string; until: number };
  /** @throws Problem `link_used` */
  get(link: string): { user: number | null };
  use(link: string): void;
}

function createLinks({ people }: State, clock: Clock): Links {
  return {
    make: (user, ms) => {
      const link = newSecret('lwl');
      const until = clock.now() + ms;
      people.links.put(hashOf(link), user, until);
      return { link, until };
    },
    get: (link) => {
      const found = people.links.get(hashOf(link));
      if (found === null || found.expiresAt <= clock.now())
        throw new Problem('link_used', 'This link was used, has expired, or never was; ask for another');
      return found;
    },
    use: (link) => people.links.remove(hashOf(link)),
  };
}

/** By password, by session, by link. */
function comingIn({ people, transaction }: State, clock: Clock, passwords: Passwords, links: Links) {
  const addresses = new Limiter(ATTEMPTS.address, WINDOW_MS, clock.now);
  const users = new Limiter(ATTEMPTS.user, WINDOW_MS, clock.now);
  const open = (user: number): string => {
    const secret = newSecret('lws');
    people.sessions.add(hashOf(secret), user, clock.now());
    people.loggedIn(user, clock.now());
    return secret;
  };
  const check = async (key: string, password: string, address: string): Promise<User> => {
    addresses.attempt(addressKey(address));
    users.attempt(key);
    const found = people.byKey(key);
    if (!(await passwords.verify(password, found?.password ?? '')) || !found)
      throw new Problem('wrong_password', 'The name or the password is wrong');
    addresses.succeeded(addressKey(address));
    users.succeeded(key);
    return found.user;
  };
  return {
    logIn: async (name, password, address) => open((await check(keyOf(name), password, address)).id),
    userOf: (session) => {
      const now = clock.now();
      const hash = hashOf(session);
      const found = people.sessions.get(hash);
      if (found === null || found.createdAt + SESSION_MS <= now || found.seenAt + IDLE_MS <= now) return null;
      if (now - found.seenAt >= SEEN_EVERY_MS) people.sessions.seen(hash, now);
      return found.user;
    },
    logOut: (session) => people.sessions.remove(hashOf(session)),
    changePassword: async (session, current, next, address) => {
      const { user } = people.sessions.get(hashOf(session)) ?? {};
      if (!user) throw new Problem('unauthenticated', 'Log in first');
      await check(keyOf(user.name), current, address);
      const password = await passwords.hash(next);
      transaction(() => {
        people.setPassword(user.id, password);
        people.sessions.removeOf(user.id, hashOf(session));
      });
    },
    lookAt: (link, address) => {
      addresses.attempt(addressKey(address));
      const { user } = links.get(link);
      addresses.succeeded(addressKey(address));
      if (user === null) return { name: null, role: 'admin' };
      const { name, role } = people.get(user)!;
      return { name, role };
    },
    join: async (link, name, given, address) => {
      addresses.attempt(addressKey(address));
      links.get(link);
      const password = await passwords.hash(given);
      return transaction(() => {
        // Looked up again: meanwhile somebody else may have used it.
        const user = links.get(link).user ?? newUser(people, name, 'admin', clock.now());
        links.use(link);
        people.setPassword(user, password);
        addresses.succeeded(addressKey(address));
        return open(user);
      });
    },
  } satisfies Partial<Accounts>;
}

/** What administrators do with users. */
function administration({ people, transaction }: State, clock: Clock, links: Links) {
  const userBy = (id: number): User => {
    const user = people.get(id);
    if (user === null) throw new Problem('not_found', `There is no user ${id}`);
    return user;
  };
  const administrators = () => people.list().filter(({ role, invited }) => role === 'admin' && !invited);
  const notTheLast = (user: User) => {
    if (user.role === 'admin' && !user.invited && administrators().length === 1)
      throw new Problem('conflict', `${user.name} is the only administrator; make another one first`);
  };
  return {
    hasAdministrator: () => administrators().length > 0,
    list: people.list,
    invite: (name, role) =>
      transaction(() => {
        const id = newUser(people, name, role, clock.now());
        return { user: userBy(id), link: links.make(id, LINK_MS).link };
      }),
    setRole: (id, role) => {
      const user = userBy(id);
      if (role !== 'admin') notTheLast(user);
      people.setRole(id, role);
      return userBy(id);
    },
    reset: (id) => {
      notTheLast(userBy(id));
      return transaction(() => {
        people.setPassword(id, '');
        people.sessions.removeOf(id);
        return { user: userBy(id), link: links.make(id, LINK_MS).link };
      });
    },
    remove: (id) => {
      const user = userBy(id);
      notTheLast(user);
      people.remove(id);
      return user;
    },
  } satisfies Partial<Accounts>;
}

/** @throws Problem `conflict` */
function newUser(people: People, name: string, role: Role, at: number): number {
  const id = people.add({ name, key: keyOf(name), role, at });
  if (id === undefined) throw new Problem('conflict', `There is a user "${name}" already`);
  return id;
}

/** Names that look alike to people are one: `Ada` and `ADA`. */
const keyOf = (name: string): string => name.trim().normalize('NFKC').toLowerCase();
