import { exceptionOf, type Happening, happening } from './events.ts';
import type { Attribute, Operation } from './operations.ts';
import { attribute, ProtoWriter } from './protobuf.ts';
import type { Random } from './random.ts';
import type { PlannedSpan } from './trace.ts';

export interface SpanIds {
  trace: Buffer;
  span: Buffer;
  parent: Buffer | undefined;
  link: Buffer | undefined;
}

const ERRORS = 0.02;
const OTHER_EVENTS = 0.08;
const STATUS_ERROR = 2;
/** Sampled, and known whether the parent is remote (trace.proto `SpanFlags`). */
const FLAGS = 0x101;

/** Writes `Span` messages (`trace/v1`), one at a time. */
export class SpanWriter {
  readonly #span = new ProtoWriter();
  readonly #part = new ProtoWriter();
  readonly #value = new ProtoWriter();
  readonly #templates = new Map<Operation, Template>();

  /**
   * The span's bytes, valid until the next call.
   * @param origin unix nanoseconds at which its trace begins
   */
  write(random: Random, plan: PlannedSpan, ids: SpanIds, origin: bigint): Buffer {
    const start = origin + BigInt(plan.start);
    const end = origin + BigInt(plan.end);
    const span = this.#span.reset();
    span.bytes(1, ids.trace);
    span.bytes(2, ids.span);
    if (ids.parent) span.bytes(4, ids.parent);
    span.text(5, plan.operation.name);
    span.number(6, plan.operation.kind);
    span.fixed64(7, start);
    span.fixed64(8, end);
    this.#attributes(random, plan.operation);
    const exception = random.chance(ERRORS) ? exceptionOf(random, plan.operation) : undefined;
    if (exception) attribute(span, 9, 'error.type', exception.type, this.#value);
    if (exception) this.#event(exception, end);
    else if (random.chance(OTHER_EVENTS)) this.#event(happening(random), start);
    if (ids.link) this.#link(ids.trace, ids.link);
    if (exception) this.#failed(exception.message);
    span.fixed32(16, FLAGS);
    return span.view();
  }

  #attributes(random: Random, operation: Operation): void {
    const template = this.#templates.get(operation) ?? templateOf(operation.attributes);
    this.#templates.set(operation, template);
    for (const piece of template) {
      if ('draw' in piece) attribute(this.#span, 9, piece.key, piece.draw(random), this.#value);
      else this.#span.raw(piece);
    }
  }

  #event(event: Happening, time: bigint): void {
    const part = this.#part.reset();
    part.fixed64(1, time);
    part.text(2, event.name);
    for (const [key, value] of event.attributes)
      if (typeof value !== 'function') attribute(part, 3, key, value, this.#value);
    this.#span.bytes(11, part.view());
  }

  #link(trace: Buffer, span: Buffer): void {
    const part = this.#part.reset();
    part.bytes(1, trace);
    part.bytes(2, span);
    attribute(part, 4, 'messaging.batch.message_count', 1, this.#value);
    this.#span.bytes(13, part.view());
  }

  #failed(message: string): void {
    this.#part.reset().text(2, message);
    this.#part.number(3, STATUS_ERROR);
    this.#span.bytes(15, this.#part.view());
  }
}

type Draw = Extract<Attribute[1], (random: Random) => unknown>;
/** An operation's attributes with the fixed ones written already. */
type Template = (Buffer | { key: string; draw: Draw })[];

function templateOf(attributes: readonly Attribute[]): Template {
  const template: Template = [];
  for (const [key, value] of attributes)
    template.push(typeof value === 'function' ? { key, draw: value } : fixedAttribute(9, key, value));
  return template;
}

/** A KeyValue of its own, for what never changes. */
export function fixedAttribute(field: number, key: string, value: Exclude<Attribute[1], Draw>): Buffer {
  const writer = new ProtoWriter(256);
  attribute(writer, field, key, value, new ProtoWriter(256));
  return writer.view();
}
