/** The API with log-in on, over a real `state.db`; people, tokens, and how they ask. */

import { createAccounts } from '../../../api/access/accounts.ts';
import { createPasswords } from '../../../api/access/passwords.ts';
import { sessionCookie } from '../../../api/access/providers.ts';
import { createTokenBook } from '../../../api/access/tokens.ts';
import { createApi } from '../../../api/app.ts';
import type { TokenScope } from '../../../model/access.ts';
import type { Role } from '../../../model/operation.ts';
import type { Status } from '../../../model/status.ts';
import type { Engine } from '../../../store/engine.ts';
import { openState } from '../../../store/state/open.ts';
import { makeFolder } from '../../helpers/folder.ts';
import { recordingLog } from '../../helpers/log.ts';
import { IDLE_DESK } from '../idle-desk.ts';

export const PASSWORD = 'correct horse battery';
const START = Date.parse('2026-03-01T10:00:00Z');

export interface Asked {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever came, for the test to look into.
  json: any;
  headers: Headers;
}

export function setting(auth: 'on' | 'off' = 'on') {
  const { path, remove } = makeFolder();
  const state = openState(path);
  const clock = { at: START, now: () => clock.at };
  const accounts = createAccounts(state, clock, createPasswords({ ln: 4, r: 8, p: 1 }));
  const tokens = createTokenBook(state, clock);
  const log = recordingLog();
  const { app } = createApi({
    engine: { query: async () => [] } as unknown as Engine,
    status: async () => ({ version: 'test', journal: { lagMs: 0 } }) as Status,
    senders: () => ({ senders: [], forgotten: 0 }),
    desk: IDLE_DESK,
    health: { notReady: () => '', metrics: async () => '' },
    access: { auth, accounts, tokens, audit: state.audit, cookie: sessionCookie(false) },
    hosts: { names: ['watch.example'], addresses: false },
    ...{ clock, log, pages: '/nowhere' },
  });

  /** @param from '' nobody, a cookie (`loopwatch=…`) or a token (`lwt_…`) */
  const ask = async (request: string, from = '', body?: unknown, more: object = {}): Promise<Asked> => {
    const [method, path] = request.split(' ') as [string, string];
    const answer = await app.request(
      `http://localhost:8080${path}`,
      {
        method,
        headers: {
          host: 'localhost:8080',
          'content-type': 'application/json',
          ...(from === ''
            ? {}
            : from.startsWith('lwt_')
              ? { authorization: `Bearer ${from}` }
              : { cookie: from }),
          ...more,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      { incoming: { socket: { remoteAddress: '::ffff:192.0.2.7' } } },
    );
    const json = answer.headers.get('content-type')?.includes('json') ? await answer.json() : null;
    if (json === null) await answer.body?.cancel();
    return { status: answer.status, json, headers: answer.headers };
  };
  /** A user with a password, logged in: the cookie. */
  const person = async (name: string, role: Role): Promise<string> => {
    const { link } = accounts.invite(name, role);
    return `loopwatch=${await accounts.join(link, '', PASSWORD, 'test')}`;
  };
  const token = (scope: TokenScope): string => tokens.add(scope, scope, 'ada').secret;
  const close = () => {
    state.close();
    remove();
  };
  return { app, ask, person, token, state, clock, accounts, tokens, log, close };
}

export type Setting = ReturnType<typeof setting>;
