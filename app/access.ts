/** Who may come in, wired: people and tokens from `state.db`, the cookie, the names of the dashboard, the OTLP doors. */
import { hostname } from 'node:os';
import { createAccounts } from '../api/access/accounts.ts';
import { sessionCookie } from '../api/access/providers.ts';
import type { Access } from '../api/access/routes.ts';
import { newSecret } from '../api/access/secrets.ts';
import { createTokenBook, type TokenBook } from '../api/access/tokens.ts';
import type { HostNames } from '../api/security.ts';
import type { Clock } from '../base/clock.ts';
import { type Delivery, type MayDeliver, onlyToken } from '../collector/receive/token.ts';
import type { TokenScope } from '../model/access.ts';
import { openState } from '../store/state/open.ts';
import type { State } from '../store/state/state.ts';
import { isLoopback, wantsLogIn, wantsSenderToken } from './config.ts';
import type { Config } from './settings.ts';
import type { Shared } from './shared.ts';
import type { Teardown } from './teardown.ts';

export interface AccessPart extends Access {
  hosts: HostNames;
  /** Undefined: anybody may send. */
  mayDeliver: MayDeliver | undefined;
  /** What the product itself shows at its own OTLP port; '' where anybody may send. */
  ownToken: string;
  /** A link for the first administrator, or for another one when that is asked for; '' when none is needed. */
  administratorLink(dashboardUrl: string): string;
}

/** How often uses of tokens are written down, and what has ended is forgotten. */
const TIDY_MS = 60_000;
const MOST_AUDIT_ENTRIES = 1_000_000;

/** Opens `state.db` in the data folder, and the doors for who may come in. @throws Problem when it cannot be used */
export function openAccess(
  { config, clock, teardown }: Shared,
  folder: string,
): { state: State; access: AccessPart } {
  const state = openState(folder);
  teardown.add('state', state.close);
  return { state, access: accessOf(config, state, clock, teardown) };
}

/** A collector of its own knows no other token than that of the configuration. */
export function configuredToken(config: Config): MayDeliver | undefined {
  return config['ingest-token'] === '' ? undefined : onlyToken(config['ingest-token']);
}

function accessOf(config: Config, state: State, clock: Clock, teardown: Teardown): AccessPart {
  const auth = wantsLogIn(config) ? 'on' : 'off';
  const accounts = createAccounts(state, clock);
  const tokens = createTokenBook(state, clock);
  const ownToken = wantsSenderToken(config) ? newSecret('lwt') : '';
  const tidy = () => {
    tokens.flush();
    accounts.tidy();
    state.audit.prune(clock.now() - config['retention-audit'], MOST_AUDIT_ENTRIES);
  };
  const timer = setInterval(tidy, TIDY_MS);
  teardown.add('access', () => {
    clearInterval(timer);
    tokens.flush();
  });
  return {
    auth,
    accounts,
    tokens,
    audit: state.audit,
    cookie: sessionCookie(config['tls-cert'] !== '' || config['public-url'].startsWith('https:')),
    hosts: hostsOf(config),
    mayDeliver: ownToken === '' ? undefined : mayDeliver(config['ingest-token'], ownToken, tokens),
    ownToken,
    administratorLink: (dashboardUrl) => {
      if (auth === 'off' || (accounts.hasAdministrator() && config['admin-link'] === 'off')) return '';
      // Behind the #: browsers send it to nobody, so it is in no log of a proxy.
      return `${dashboardUrl}/join#${accounts.administratorLink().link}`;
    },
  };
}

/** Which scopes of tokens deliver what. */
const MAY_DELIVER: Readonly<Record<Delivery, readonly TokenScope[]>> = {
  otlp: ['ingest', 'probe', 'admin'],
  artifacts: ['probe', 'admin'],
  figures: ['ingest', 'probe', 'read', 'admin'],
};

function mayDeliver(configured: string, own: string, tokens: TokenBook): MayDeliver {
  const always = [own, configured].filter((token) => token !== '').map(onlyToken);
  return (given, what) => {
    if (always.some((allows) => allows(given, what))) return true;
    const token = tokens.find(given);
    return token !== undefined && MAY_DELIVER[what].includes(token.scope);
  };
}

function hostsOf(config: Config): HostNames {
  const isOpen = !isLoopback(config['http-host']);
  const publicUrl = config['public-url'];
  const names = [
    ...config['http-names'],
    ...(publicUrl === '' ? [] : [new URL(publicUrl).hostname]),
    ...(isOpen ? [hostname(), config['http-host']] : []),
  ];
  return { names: names.map((name) => name.toLowerCase()), addresses: isOpen };
}
