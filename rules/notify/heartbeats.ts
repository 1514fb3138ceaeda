/** Heartbeats (a dead man's switch), and the message that tests a receiver: neither is about an incident. */
import { randomBytes } from 'node:crypto';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Receiver } from '../../model/rule.ts';
import { fingerprintOf } from '../evaluate/fingerprint.ts';
import { unknownName } from '../language/build/say.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './delivery.ts';
import type { NotifierOptions } from './notifier.ts';
import type { Payload } from './payloads/envelope.ts';
import { verdictOf } from './verdict.ts';

/**
 * Sends each heartbeat at a fixed pace while rules are evaluated. One that fails is not tried again: the next one comes
 * anyway, and that something is wrong is what its absence says.
 */
export class Heartbeats {
  readonly #options: NotifierOptions;
  readonly #delivery: Delivery;
  readonly #last = new Map<string, number>();

  constructor(options: NotifierOptions, delivery: Delivery) {
    this.#options = options;
    this.#delivery = delivery;
  }

  async turn(): Promise<void> {
    const { set, clock, alive } = this.#options;
    const { heartbeats, receivers } = set();
    if (heartbeats.length === 0 || !alive()) return;
    const due = heartbeats.filter(({ receiver, every }) => {
      const beat = Math.floor(clock.now() / every);
      const isDue = this.#last.get(receiver) !== beat;
      this.#last.set(receiver, beat);
      return isDue;
    });
    await Promise.all(
      due.map(({ receiver: name }) => {
        const receiver = receivers.find((one) => one.name === name);
        return receiver && this.#beat(receiver);
      }),
    );
  }

  async #beat(receiver: Receiver): Promise<void> {
    const { clock, log, externalUrl } = this.#options;
    const at = clock.now();
    const payload = signal(receiver, 'heartbeat', 'Loopwatch watches.', at, externalUrl());
    try {
      await this.#delivery.post(receiver, newId(at), payload);
    } catch (thrown) {
      log.warn('A heartbeat failed.', { receiver: receiver.name, reason: messageOf(thrown) });
    }
  }
}

export interface ReceiverTest {
  ok: boolean;
  /** 0 without an answer. */
  status: number;
  ms: number;
  /** What is wrong, '' when it is well. */
  error: string;
  /** How its answer begins. */
  said: string;
}

/** Enough to see who answered, and why. */
const LONGEST_ANSWER = 500;

/**
 * Sends a test message to a receiver, signed and guarded as every other, once.
 * @throws Problem `not_found` when there is no such receiver
 */
export async function testReceiver(
  name: string,
  receivers: readonly Receiver[],
  options: DeliveryOptions,
): Promise<ReceiverTest> {
  const receiver = receivers.find((one) => one.name === name);
  if (!receiver)
    throw new Problem(
      'not_found',
      upperFirst(
        unknownName(
          'receiver',
          name.slice(0, 100),
          receivers.map((one) => one.name),
        ),
      ),
    );
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  const at = options.clock.now();
  const payload = signal(
    receiver,
    'test',
    'A test from Loopwatch: nothing is wrong.',
    at,
    options.externalUrl(),
  );
  try {
    const answer = await createDelivery(options).post(receiver, newId(at), payload);
    const said = answer.body.slice(0, LONGEST_ANSWER);
    const verdict = verdictOf(answer, at);
    const error = verdict.kind === 'delivered' ? '' : verdict.reason;
    return { ok: error === '', status: answer.status, ms: since(), error, said };
  } catch (thrown) {
    return { ok: false, status: 0, ms: since(), error: messageOf(thrown), said: '' };
  }
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const newId = (at: number): string => `msg_${at}_${randomBytes(6).toString('hex')}`;

function signal(
  { payload, name }: Receiver,
  type: 'heartbeat' | 'test',
  text: string,
  at: number,
  url: string,
): Payload {
  const time = new Date(at).toISOString();
  switch (payload) {
    case 'slack':
      return { contentType: 'application/json', body: JSON.stringify({ text }) };
    case 'incident.v1': {
      const event = {
        specversion: '1.0',
        id: newId(at),
        source: '/loopwatch',
        type,
        time,
        data: { text, url },
      };
      return { contentType: 'application/cloudevents+json', body: JSON.stringify(event) };
    }
    case 'alertmanager': {
      // The name that dead man's switches for Prometheus listen for.
      const labels = { alertname: type === 'heartbeat' ? 'Watchdog' : 'LoopwatchTest', severity: 'none' };
      const alert = {
        status: 'firing',
        labels,
        annotations: { summary: text },
        startsAt: time,
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: url,
        fingerprint: fingerprintOf(labels),
      };
      const message = {
        version: '4',
        groupKey: `{}:{alertname="${labels.alertname}"}`,
        truncatedAlerts: 0,
        status: 'firing',
        receiver: name,
        groupLabels: { alertname: labels.alertname },
        commonLabels: labels,
        commonAnnotations: { summary: text },
        externalURL: url,
        alerts: [alert],
      };
      return { contentType: 'application/json', body: JSON.stringify(message) };
    }
  }
}
