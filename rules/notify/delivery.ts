import type { OutgoingAnswer } from '../../base/outgoing.ts';
import type { Receiver } from '../../model/rule.ts';
import type { Content } from './message.ts';
import type { NotifierOptions } from './notifier.ts';
import type { Payload } from './payloads/envelope.ts';
import { encode } from './payloads/payload.ts';
import { webhookHeaders } from './signature.ts';

/** Brings one message to one receiver, once. */
export interface Delivery {
  /** @throws Problem of the way out, or when a secret is missing */
  deliver(
    receiver: Receiver,
    message: { id: string; createdAt: number },
    content: Content,
  ): Promise<OutgoingAnswer>;
  /** A body that is made elsewhere: heartbeats and tests. @throws Problem */
  post(receiver: Receiver, id: string, payload: Payload): Promise<OutgoingAnswer>;
}

const REFERENCE = /^(?:env|file):/;

/** URL and header values may be references to secrets, too: the address of a chat's webhook is one. */
export function createDelivery({
  clock,
  send,
  secret,
  externalUrl,
  installation,
}: DeliveryOptions): Delivery {
  const resolved = (text: string): string => (REFERENCE.test(text) ? secret(text) : text);
  const post: Delivery['post'] = async (receiver, id, { body, contentType }) =>
    send({
      url: resolved(receiver.url),
      method: 'POST',
      body,
      timeout: receiver.timeout,
      allowPrivate: receiver.allowPrivate,
      headers: {
        ...Object.fromEntries(
          Object.entries(receiver.headers).map(([name, value]) => [name, resolved(value)]),
        ),
        'Content-Type': contentType,
        ...webhookHeaders(id, clock.now(), body, receiver.secrets.map(secret)),
      },
    });
  return {
    post,
    deliver: (receiver, { id, createdAt }, content) => {
      const envelope = {
        id,
        at: createdAt,
        receiver: receiver.name,
        installation: installation(),
        externalUrl: externalUrl(),
      };
      return post(receiver, id, encode(receiver.payload, content, envelope));
    },
  };
}

export type DeliveryOptions = Pick<NotifierOptions, 'clock' | 'send' | 'secret' | 'externalUrl'> & {
  /** Tells this installation from others. */
  installation: () => string;
};
