import type { Readable } from 'node:stream';
import { Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Signal } from '../../model/otlp.ts';
import type { Transport } from '../../model/senders.ts';
import { Budget, type Hold } from './budget.ts';
import { collect } from './collect.ts';
import type { Intake, Taken } from './intake.ts';
import { jsonToProtobuf } from './json.ts';
import type { DoorLimits } from './limits.ts';
import { type Refusal, refusalOf } from './refusals.ts';
import type { Senders } from './senders.ts';
import type { MayDeliver } from './token.ts';
import { Unpacker } from './unpack.ts';

export interface DoorOptions {
  intake: Intake;
  senders: Senders;
  limits: DoorLimits;
  /** Who may send, by `Authorization: Bearer …`; undefined: anybody. */
  mayDeliver?: MayDeliver;
  /** What the product's own telemetry shows in the header `OWN_HEADER`, so that it is not taken for a sender. */
  ownMark?: string;
  log: Log;
}

/** Where a request came from, as far as it is known before its body is read. */
export interface Origin {
  transport: Transport;
  /** Remote address. */
  address: string;
  /** `User-Agent`, or ''. */
  agent: string;
  /** The product's own telemetry. */
  isOwn?: boolean;
}

/** Header of the product's own telemetry, see `DoorOptions.ownMark`. */
export const OWN_HEADER = 'x-loopwatch-own';

/**
 * Bodies being unpacked at once. Unpacking is far quicker than what follows, and each may come to 64 MiB: a hundred
 * bombs grew the process by 130 MiB with one, by 300 MiB with two.
 */
const UNPACKING_AT_ONCE = 1;

/** What both transports share: one budget, one way in, one table of refusals. */
export class Door {
  readonly limits: DoorLimits;
  readonly mayDeliver: MayDeliver | undefined;
  readonly ownMark: string | undefined;
  readonly senders: Senders;
  readonly budget: Budget;
  readonly #intake: Intake;
  readonly #log: Log;
  readonly #unpacker = new Unpacker(UNPACKING_AT_ONCE);

  constructor({ intake, senders, limits, mayDeliver, ownMark, log }: DoorOptions) {
    this.limits = limits;
    this.mayDeliver = mayDeliver;
    this.ownMark = ownMark;
    this.senders = senders;
    this.budget = new Budget(limits);
    this.#intake = intake;
    this.#log = log;
  }

  /** All bytes of a body as they come. @param framing bytes of the transport's own in the stream */
  collect(stream: Readable, hold: Hold, framing = 0): Promise<Buffer> {
    const { maxBytes, bodyWithinMs } = this.limits;
    return collect(stream, {
      hold,
      maxBytes: maxBytes + framing,
      withinMs: bodyWithinMs,
      tooLarge: this.tooLarge,
    });
  }

  /** Unpack → convert → check → journal. @throws Problem */
  async take(packed: Buffer, encoding: string, signal: Signal, hold: Hold, isJson = false): Promise<Taken> {
    const maxBytes = isJson ? Math.min(this.limits.maxBytes, this.limits.maxJsonBytes) : this.limits.maxBytes;
    const tooLarge = isJson ? this.#jsonTooLarge : this.tooLarge;
    if (isJson && packed.length > maxBytes) throw tooLarge();
    const body = await this.#unpacker.unpack(packed, { encoding, hold, maxBytes, tooLarge });
    return this.#intake(isJson ? jsonToProtobuf(body, signal) : body, signal);
  }

  /** What the sender is to be told; remembered for the page that shows senders. */
  refuse(origin: Origin, thrown: unknown): Refusal {
    const refusal = refusalOf(thrown);
    if (refusal.code === 'internal')
      this.#log.error('A request could not be handled.', { reason: refusal.message });
    this.senders.refused(origin, refusal.status, refusal.message);
    return refusal;
  }

  readonly tooLarge = (): Problem =>
    new Problem(
      'body_too_large',
      `The body is larger than ${mib(this.limits.maxBytes)} (counted unpacked); send smaller batches, e.g. OTEL_BSP_MAX_EXPORT_BATCH_SIZE=512`,
    );

  readonly #jsonTooLarge = (): Problem =>
    new Problem(
      'body_too_large',
      `The body is larger than ${mib(this.limits.maxJsonBytes)}, which is the limit for JSON (counted unpacked); send smaller batches, or protobuf, which may have ${mib(this.limits.maxBytes)}`,
    );
}

/** IPv4 addresses without their IPv6 wrapping. */
export const addressOf = (socket: { remoteAddress?: string | undefined } | undefined): string =>
  (socket?.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');

const mib = (bytes: number): string => `${Number((bytes / 2 ** 20).toPrecision(3))} MiB`;
