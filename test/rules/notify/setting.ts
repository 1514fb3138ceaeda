/** Incidents and notifier on a real state file, with real sockets as receivers and a clock that the test owns. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { createOutgoing } from '../../../base/outgoing.ts';
import type { Transition } from '../../../model/evaluation.ts';
import type { Receiver, RuleSet } from '../../../model/rule.ts';
import { createIncidents, type IncidentDesk } from '../../../rules/incidents/incidents.ts';
import { createNotifier, type Notifier } from '../../../rules/notify/notifier.ts';
import { openState } from '../../../store/state/open.ts';
import type { State } from '../../../store/state/state.ts';
import { testFolder } from '../../helpers/folder.ts';
import { recordingLog } from '../../helpers/log.ts';
import { MINUTE, outcome, receiver, ruleSet, START } from '../incidents/make.ts';

export interface Call {
  headers: IncomingHttpHeaders;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent, for the test to look into.
  json: any;
}

export interface FakeReceiver {
  url: string;
  calls: Call[];
  /** What it does with a call; default: 204. */
  answer: (response: ServerResponse, call: Call) => void;
}

/** A receiver on loopback that records what it gets. */
export async function fakeReceiver(answer?: FakeReceiver['answer']): Promise<FakeReceiver> {
  const it: FakeReceiver = {
    url: '',
    calls: [],
    answer: answer ?? ((response) => response.writeHead(204).end()),
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const call = { headers: request.headers, body, json: JSON.parse(body || 'null') };
      it.calls.push(call);
      it.answer(response, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  it.url = `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`;
  return it;
}

export interface Setting {
  state: State;
  desk: IncidentDesk;
  notifier: Notifier;
  set: RuleSet;
  /** Whether rules are evaluated. */
  alive: boolean;
  clock: { now: () => number; at: number };
  log: ReturnType<typeof recordingLog>;
  /** A tick at this minute, and all that is due then. */
  tick(minute: number, transitions?: readonly Partial<Transition>[]): Promise<void>;
  /** Moves the clock and sends what is due, again and again in steps, up to this minute. */
  until(minute: number, stepMs?: number): Promise<void>;
}

/** @param receivers by name; the first is told by the rule */
export function setting(
  receivers: readonly (Partial<Receiver> & { url: string })[],
  changes: Partial<RuleSet> = {},
  folder = testFolder(),
): Setting {
  const state = openState(folder);
  onTestFinished(async () => {
    await it.desk.stop();
    state.close();
  });
  const clock = { at: START, now: () => clock.at };
  const log = recordingLog();
  const set = ruleSet({
    receivers: receivers.map((one, i) => receiver({ name: i === 0 ? 'shop' : `r${i}`, ...one })),
    ...changes,
  });
  const it = { state, set, clock, log, alive: true } as Setting;
  it.desk = createIncidents({
    state,
    set: () => it.set,
    clock,
    evidence: async () => ({ series: [], traces: [], logs: [], missing: [] }),
  });
  it.notifier = createNotifier({
    state,
    set: () => it.set,
    clock,
    log,
    send: createOutgoing(),
    secret: (reference) => SECRETS[reference] ?? '',
    externalUrl: () => 'http://localhost:8080',
    alive: () => it.alive,
    random: () => 0,
  });
  it.tick = async (minute, transitions = []) => {
    clock.at = START + minute * MINUTE;
    it.desk.apply(outcome(clock.at, transitions));
    await it.notifier.turn();
  };
  it.until = async (minute, stepMs = 15_000) => {
    while (clock.at < START + minute * MINUTE) {
      clock.at = Math.min(clock.at + stepMs, START + minute * MINUTE);
      await it.notifier.turn();
    }
  };
  return it;
}

/** The key of the specification's example, and another. */
export const SECRETS: Record<string, string> = {
  'env:NEW': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'env:OLD': `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
};
