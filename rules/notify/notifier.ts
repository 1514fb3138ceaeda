import { type Clock, idle } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { originOf, type SendOutgoing } from '../../base/outgoing.ts';
import type { ReceiverHealth } from '../../model/incident.ts';
import type { Receiver, RuleSet } from '../../model/rule.ts';
import type { OutboxMessage, State } from '../../store/state/state.ts';
import { LOOPWATCH } from '../incidents/book.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { Heartbeats, type ReceiverTest, testReceiver } from './heartbeats.ts';
import { eligible, type Lane, newLane } from './lane.ts';
import type { Content } from './message.ts';
import { backoff, type Verdict, verdictOf } from './verdict.ts';

export interface NotifierOptions {
  state: State;
  set: () => RuleSet;
  clock: Clock;
  log: Log;
  send: SendOutgoing;
  /** The value behind `env:NAME` or `file:PATH`. @throws Problem */
  secret: (reference: string) => string;
  /** The dashboard's address, for links. */
  externalUrl: () => string;
  /** Whether rules are being evaluated: without, no heartbeat is sent. */
  alive: () => boolean;
  /** [0, 1) for the jitter. */
  random?: () => number;
}

/** Sends what is in the outbox: at least once, in order for each receiver and incident, under the same id each time. */
export interface Notifier {
  /** Looks every second, and whenever it is woken. */
  start(): void;
  /** There is something new. */
  wake(): void;
  /** Sends all that is due at this moment; resolves when it has been tried. */
  turn(): Promise<void>;
  /** Waits two seconds for attempts under way; what they do not finish is sent again at the next start. */
  stop(): Promise<void>;
  /** Sends a dead letter again under its id. @throws Problem `not_found` */
  redeliver(id: string): void;
  /** Sends a test message, once. @throws Problem `not_found` when there is no such receiver */
  test(receiver: string): Promise<ReceiverTest>;
  health(): ReceiverHealth[];
}

const LOOK_EVERY_MS = 1_000;
const LOOKED_AT = 500;
const STOP_WITHIN_MS = 2_000;
/** Then a receiver's fallback gets what waits, too. */
const PASS_ON_AFTER_MS = 5 * 60_000;
const GIVE_UP_AFTER_MS = 3 * 86_400_000;
/** A receiver that is in no file may be in one that is being edited. */
const FORGET_RECEIVER_AFTER_MS = 10 * 60_000;
const KEEP_SETTLED_MS = 30 * 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

/** See `Notifier`. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { state, set, clock, log } = options;
  const lanes = new Map<string, Lane>();
  const installation = () => state.flags.get('installation') ?? '';
  const delivery = createDelivery({ ...options, installation });
  const heartbeats = new Heartbeats(options, delivery);
  let timer: NodeJS.Timeout | undefined;
  let phase: 'running' | 'stopping' | 'stopped' = 'running';
  let prunedAt = 0;

  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? newLane();
    lanes.set(name, lane);
    return lane;
  };
  const pump = (name: string): Promise<void> => {
    const lane = laneOf(name);
    lane.running ??= run({ options, lane, name, delivery, phase: () => phase })
      .catch((thrown) =>
        log.error('Sending notifications failed.', { receiver: name, reason: messageOf(thrown) }),
      )
      .finally(() => {
        lane.running = undefined;
      });
    return lane.running;
  };
  const turn = async () => {
    const now = clock.now();
    if (now - prunedAt >= PRUNE_EVERY_MS) {
      prunedAt = now;
      state.outbox.prune(now - KEEP_SETTLED_MS);
    }
    await Promise.all([heartbeats.turn(), ...state.outbox.receivers().map(pump)]);
  };
  const look = () =>
    void turn().catch((thrown) => log.error('The outbox cannot be read.', { reason: messageOf(thrown) }));

  return {
    start: () => {
      timer ??= setInterval(look, LOOK_EVERY_MS).unref();
      look();
    },
    wake: () => {
      if (timer) look();
    },
    turn,
    stop: async () => {
      phase = 'stopping';
      clearInterval(timer);
      await Promise.race([
        Promise.all([...lanes.values()].map((lane) => lane.running)),
        idle(STOP_WITHIN_MS),
      ]);
      phase = 'stopped';
    },
    redeliver: (id) => {
      if (!state.outbox.revive(id, clock.now()))
        throw new Problem('not_found', `There is no dead letter ${id.slice(0, 100)}`);
      if (timer) look();
    },
    test: (name) => testReceiver(name, set().receivers, { ...options, installation }),
    health: () => healthOf(state, set(), lanes, clock.now()),
  };
}

interface Run {
  options: NotifierOptions;
  lane: Lane;
  name: string;
  delivery: Delivery;
  phase: () => 'running' | 'stopping' | 'stopped';
}

async function run(given: Run): Promise<void> {
  const { options, lane, name, phase } = given;
  const { state, clock } = options;
  while (phase() === 'running') {
    const waiting = state.outbox.waiting(name, LOOKED_AT);
    const batch = eligible(lane, waiting, clock.now());
    if (batch.length === 0) return;
    const receiver = options.set().receivers.find((one) => one.name === name);
    await Promise.all(batch.map((message) => attempt(given, receiver, message)));
    if (lane.failures > 0 && receiver && phase() !== 'stopped') passOnWaiting(options, receiver, waiting);
  }
}

async function attempt(given: Run, receiver: Receiver | undefined, message: OutboxMessage): Promise<void> {
  const { options, lane } = given;
  const { state, clock } = options;
  // Synced before the first byte leaves: whatever happens then, the content under this id stays what it is.
  state.outbox.attempt(message.seq, clock.now());
  const verdict = receiver ? await tryTo(given, receiver, message) : unknownReceiver(message, clock.now());
  // Nobody waits for it any more: it is sent again at the next start, under the same id.
  if (given.phase() === 'stopped') return;
  if (verdict.kind === 'delivered') {
    lane.failures = 0;
    lane.lastError = '';
    lane.lastDeliveredAt = clock.now();
    settleDelivered(options, message);
  } else fail(given, receiver, message, verdict);
}

async function tryTo(
  { options, delivery }: Run,
  receiver: Receiver,
  message: OutboxMessage,
): Promise<Verdict> {
  const { clock } = options;
  try {
    const content: Content = JSON.parse(message.content);
    return verdictOf(await delivery.deliver(receiver, message, content), clock.now());
  } catch (thrown) {
    const reason = messageOf(thrown).slice(0, 500);
    const isFinal = thrown instanceof Problem && !thrown.retryable;
    return isFinal ? { kind: 'dead', reason } : { kind: 'retry', reason, pause: true, after: null };
  }
}

function unknownReceiver({ createdAt, receiver }: OutboxMessage, now: number): Verdict {
  const reason = `no file has a receiver ${receiver}`;
  if (now - createdAt > FORGET_RECEIVER_AFTER_MS) return { kind: 'dead', reason };
  return { kind: 'retry', reason, pause: true, after: null };
}

function settleDelivered({ state, clock }: NotifierOptions, message: OutboxMessage): void {
  const attempts = message.attempts + 1;
  state.transaction(() => {
    state.outbox.delivered(message.seq, clock.now());
    say(
      state,
      message,
      clock.now(),
      'delivered',
      `${message.kind}${attempts > 1 ? `, attempt ${attempts}` : ''}`,
    );
  });
}

function fail(
  { options, lane, name }: Run,
  receiver: Receiver | undefined,
  message: OutboxMessage,
  verdict: Exclude<Verdict, { kind: 'delivered' }>,
): void {
  const { state, clock, log } = options;
  const now = clock.now();
  const isTooOld = now - message.createdAt > GIVE_UP_AFTER_MS;
  lane.lastError = verdict.reason;
  if (verdict.kind === 'dead' || isTooOld) {
    const reason = verdict.kind === 'dead' ? verdict.reason : `given up after three days: ${verdict.reason}`;
    log.error('A notification could not be delivered and is a dead letter.', {
      receiver: name,
      id: message.id,
      reason,
    });
    state.transaction(() => {
      state.outbox.dead(message.seq, now, reason);
      say(state, message, now, 'undelivered', `Dead letter ${message.id}: ${reason}`);
      if (receiver) passOn(options, receiver, message);
    });
    return;
  }
  lane.failures += 1;
  const failures = Math.max(lane.failures, message.attempts + 1);
  const due = now + Math.max(backoff(failures, (options.random ?? Math.random)()), verdict.after ?? 0);
  // A message that fails by itself leaves the way free for the others sooner.
  lane.pausedUntil = verdict.pause ? due : Math.min(due, now + backoff(lane.failures, 0));
  if (lane.failures === 1)
    log.warn('A notification failed and is tried again.', { receiver: name, reason: verdict.reason });
  state.transaction(() => {
    state.outbox.retry(message.seq, due, verdict.reason);
    if (message.attempts === 0) say(state, message, now, 'undelivered', `Tried again: ${verdict.reason}`);
  });
}

/** What has waited long for a receiver that fails goes to its fallback, too: whoever comes first is told. */
function passOnWaiting(
  options: NotifierOptions,
  receiver: Receiver,
  waiting: readonly OutboxMessage[],
): void {
  const { state, clock } = options;
  const late = waiting.filter(
    ({ createdAt, passedOn }) => !passedOn && clock.now() - createdAt >= PASS_ON_AFTER_MS,
  );
  if (receiver.fallback === '' || late.length === 0) return;
  state.transaction(() => {
    for (const message of late) passOn(options, receiver, message);
  });
}

/** Within a transaction. A fallback that had it before is not asked again: fallbacks may name each other. */
function passOn({ state, clock }: NotifierOptions, receiver: Receiver, message: OutboxMessage): void {
  const passedOnBy = [...message.passedOnBy, receiver.name];
  if (receiver.fallback === '' || passedOnBy.includes(receiver.fallback) || message.passedOn) return;
  const now = clock.now();
  const { kind, incidents, content, group } = message;
  state.outbox.markPassedOn(message.seq);
  state.outbox.add({
    receiver: receiver.fallback,
    group,
    incidents,
    kind,
    content,
    createdAt: now,
    due: now,
    passedOnBy,
  });
  say(state, { ...message, receiver: receiver.fallback }, now, 'notified', `In place of ${receiver.name}.`);
}

function say(
  state: State,
  { incidents, receiver }: Pick<OutboxMessage, 'incidents' | 'receiver'>,
  at: number,
  kind: 'delivered' | 'undelivered' | 'notified',
  text: string,
): void {
  state.incidents.append(
    incidents.map((incident) => ({ incident, at, kind, who: receiver || LOOPWATCH, text })),
  );
}

function healthOf(
  { outbox }: State,
  { receivers }: RuleSet,
  lanes: ReadonlyMap<string, Lane>,
  now: number,
): ReceiverHealth[] {
  const counts = new Map(outbox.counts().map((row) => [row.receiver, row]));
  const known = new Set(receivers.map(({ name }) => name));
  const gone = [...counts.keys()].filter((name) => !known.has(name));
  return [...receivers, ...gone.map((name) => ({ name, url: '', payload: '' }))].map(
    ({ name, url, payload }) => {
      const count = counts.get(name);
      const lane = lanes.get(name);
      return {
        name,
        target: targetOf(url),
        payload,
        waiting: count?.waiting ?? 0,
        oldestMs: count?.oldest ? now - count.oldest : 0,
        dead: count?.dead ?? 0,
        lastDeliveredAt: lane?.lastDeliveredAt ?? null,
        lastError: lane?.lastError ?? '',
      };
    },
  );
}

/** A reference is shown as it is, of an address only scheme and host. */
function targetOf(url: string): string {
  return url === '' || /^(?:env|file):/.test(url) ? url : originOf(url);
}
