import { exceptionOf } from './events.ts';
import { attribute, ProtoWriter } from './protobuf.ts';
import { Random } from './random.ts';
import { SERVICES, type Service } from './shop.ts';
import { type ExportRequest, resourcesOf } from './traces.ts';

export interface LogWorkload {
  seed: number;
  recordsPerRequest: number;
  /** Unix milliseconds of the first record. */
  startAt: number;
  /** How far apart in time records are; default 20,000. */
  recordsPerSecond?: number;
}

/** Processes of each service, and how many of them share a request. */
const INSTANCES = 4;
const PROCESSES = 4;
/** Of the records, half are access lines of about 300 bytes, half structured ones or errors of about 1 kB. */
const LARGE = 0.5;
const ERRORS = 0.1;
const SEVERITY = { info: [9, 'INFO'], warn: [13, 'WARN'], error: [17, 'ERROR'] } as const;

/**
 * The endless log workload of goals.md: records of 300 bytes and of 1 kB, half and half, from four processes a request;
 * most within a span, a tenth of the large ones an exception with its stack trace. The same options give the same bytes.
 */
export function* logRequests(options: LogWorkload): Generator<ExportRequest, never> {
  const { seed, recordsPerRequest, startAt, recordsPerSecond = 20_000 } = options;
  const resources = SERVICES.map((service) => resourcesOf(service, INSTANCES));
  const request = new ProtoWriter(1 << 19);
  const group = new ProtoWriter(1 << 18);
  const scope = new ProtoWriter(1 << 18);
  const part = new ProtoWriter(256);
  const records = new RecordWriter();
  const nsPerRecord = BigInt(Math.round(1e9 / recordsPerSecond));
  let time = BigInt(startAt) * 1_000_000n;
  for (let batch = 1; ; batch++) {
    const random = new Random(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(batch, 0x85ebca6b));
    request.reset();
    for (let process = 0; process < PROCESSES; process++) {
      const service = (batch * PROCESSES + process) % SERVICES.length;
      part.reset().text(1, `shop.${SERVICES[service]!.name}`);
      scope.reset().bytes(1, part.view());
      const share = Math.floor(((process + 1) * recordsPerRequest) / PROCESSES);
      for (let i = Math.floor((process * recordsPerRequest) / PROCESSES); i < share; i++, time += nsPerRecord)
        scope.bytes(2, records.write(random, SERVICES[service]!, time));
      group.reset().raw(random.of(resources[service]!));
      group.bytes(2, scope.view());
      request.bytes(1, group.view());
    }
    yield { batch, items: recordsPerRequest, body: Buffer.from(request.view()) };
  }
}

/** Writes `LogRecord` messages (`logs/v1`), one at a time. */
class RecordWriter {
  readonly #record = new ProtoWriter(2_048);
  readonly #value = new ProtoWriter(2_048);

  /** The record's bytes, valid until the next call. */
  write(random: Random, service: Service, time: bigint): Buffer {
    const record = this.#record.reset();
    record.fixed64(1, time);
    const operation = random.of(service.server);
    if (!random.chance(LARGE)) this.#accessLine(random, operation.name);
    else if (random.chance(ERRORS)) this.#error(random, operation);
    else this.#structured(random, operation.name);
    if (random.chance(0.9)) {
      record.fixed32(8, 1);
      record.bytes(9, Buffer.from(Array.from({ length: 4 }, () => random.hex(8)).join(''), 'hex'));
      record.bytes(10, Buffer.from(random.hex(8) + random.hex(8), 'hex'));
    }
    record.fixed64(11, time + 150_000n);
    return record.view();
  }

  #head([number, text]: readonly [number, string], body: string): void {
    this.#record.number(2, number);
    this.#record.text(3, text);
    this.#value.reset().text(1, body);
    this.#record.bytes(5, this.#value.view());
  }

  #set(key: string, value: string | number): void {
    attribute(this.#record, 6, key, value, this.#value);
  }

  #accessLine(random: Random, operation: string): void {
    const status = random.chance(0.97) ? 200 : 404;
    const ms = Math.round(random.logNormal(20, 0.8));
    this.#head(
      status === 200 ? SEVERITY.info : SEVERITY.warn,
      `${operation} ${status} in ${ms} ms, ${random.below(90_000)} bytes`,
    );
    this.#set('http.response.status_code', status);
    this.#set('http.server.request.duration_ms', ms);
    this.#set('client.address', `10.0.${random.below(256)}.${random.below(256)}`);
    this.#set('log.logger', 'access');
  }

  #structured(random: Random, operation: string): void {
    const order = `o-${random.hex(8)}`;
    this.#head(
      SEVERITY.info,
      `Placed order ${order} of ${random.below(40)} items for customer u-${random.hex(6)} by ${operation}`,
    );
    this.#set('app.order.id', order);
    this.#set('app.customer.tier', random.of(['free', 'plus', 'business']));
    this.#set('code.file.path', '/app/checkout/src/orders/place-order.ts');
    this.#set('code.function.name', 'checkout.placeOrder');
    this.#set('code.line.number', random.between(10, 400));
    this.#set('thread.name', `worker-${random.below(16)}`);
    const lines = Array.from(
      { length: 14 },
      () =>
        `sku-${random.hex(8)} x${random.below(9)} @${random.below(9_999)} reserved in ${random.of(['north', 'south', 'east'])}`,
    );
    this.#set('app.order.lines', lines.join('; '));
  }

  #error(random: Random, operation: Service['server'][number]): void {
    const exception = exceptionOf(random, operation);
    this.#head(SEVERITY.error, exception.message);
    for (const [key, value] of exception.attributes) if (typeof value === 'string') this.#set(key, value);
    this.#set('log.logger', 'app');
  }
}
