/** Actions, wired: hooks from the rules folder, the kill switch's file, and who must not act. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { SendOutgoing } from '../base/outgoing.ts';
import type { RuleSet } from '../model/rule.ts';
import { type ActionDesk, createActions } from '../rules/actions/desk.ts';
import { type Hook, httpHook } from '../rules/actions/hook.ts';
import { kubernetesHook } from '../rules/actions/kubernetes.ts';
import type { IncidentDesk } from '../rules/incidents/incidents.ts';
import { matches } from '../rules/incidents/matchers.ts';
import { webhookHeaders } from '../rules/notify/signature.ts';
import type { State } from '../store/state/state.ts';

export interface ActionsParts {
  /** The data folder. */
  folder: string;
  state: State;
  set: () => RuleSet;
  incidents: IncidentDesk;
  send: SendOutgoing;
  /** @throws Problem `secret_missing` */
  secret: (reference: string) => string;
  mode: 'execute' | 'dry_run';
  clock: Clock;
  log: Log;
}

/** While it exists nothing is sent; what it says is the reason. */
export const killFileIn = (dataFolder: string): string => join(dataFolder, 'kill-switch');

/** Takes up the operations where the last process left them. */
export function openActions(parts: ActionsParts): ActionDesk {
  const { folder, state, set, incidents, clock, log, mode } = parts;
  const killFile = killFileIn(folder);
  return createActions({
    state,
    rules: () => set().rules,
    hook: (name) => hookOf(name, parts),
    incidentOf: incidents.of,
    acted: incidents.acted,
    silencedBy: (labels) => {
      const now = clock.now();
      const silence = [...set().silences, ...state.silences.list(now)].find(
        ({ from, to, match }) => from <= now && now < to && match.length > 0 && matches(labels, match),
      );
      return silence ? `Silence ${silence.id} by ${silence.by}. ${silence.comment}`.trim() : '';
    },
    killFile: () => reasonIn(killFile),
    mode,
    clock,
    log,
  });
}

function hookOf(name: string, { set, send, secret, clock }: ActionsParts): Hook | undefined {
  const found = set().hooks.find((hook) => hook.name === name);
  if (found === undefined) return undefined;
  const { to, timeout, allowPrivate } = found;
  if (to.kind === 'kubernetes') {
    const { server, namespace, token, ca } = to;
    return kubernetesHook({
      ...{ server, namespace, timeout, allowPrivate, send },
      token: () => secret(token),
      ca: () => (ca === '' ? undefined : secret(ca)),
    });
  }
  const sign = (id: string, body: string) => webhookHeaders(id, clock.now(), body, to.secrets.map(secret));
  return httpHook({ url: to.url, timeout, allowPrivate, send, sign });
}

const MOST_REASON = 300;

/** A file that cannot be read is there all the same: then nothing is done. */
function reasonIn(file: string): string {
  try {
    const text = readFileSync(file, 'utf8').replace(/\s+/g, ' ').trim().slice(0, MOST_REASON);
    return `The kill switch is on, by the file ${file}${text === '' ? '.' : `: ${text}`}`;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return '';
    return `The kill switch is on: the file ${file} is there and cannot be read.`;
  }
}
