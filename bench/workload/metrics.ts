import { DATA, INSTRUMENTS, type Instrument, SERIES } from './instruments.ts';
import { type Moment, PointWriter } from './points.ts';
import { ProtoWriter } from './protobuf.ts';
import { Random } from './random.ts';
import { SERVICES } from './shop.ts';
import { type ExportRequest, resourcesOf } from './traces.ts';

export interface MetricWorkload {
  seed: number;
  /** A multiple of `POINTS_PER_PROCESS`. */
  pointsPerRequest: number;
  /** Unix milliseconds of the first points. */
  startAt: number;
  /** How far apart in time requests are; default 20,000. */
  pointsPerSecond?: number;
}

/** A process exports all its series at once. */
export const POINTS_PER_PROCESS = SERIES;
/** Processes of each service: 51,200 series in all. */
const INSTANCES = 40;
const TEMPORALITY = { delta: 1, cumulative: 2 } as const;

/**
 * The endless metric workload of goals.md: processes of ten services take turns, each exports its 128 series, of which
 * 60 % are sums and gauges, 30 % histograms with 14 bounds, 10 % exponential with 20 to 40 buckets; 5 % of the
 * histogram points have an exemplar. A request holds several processes, as a gateway's batch does. The same options
 * give the same bytes.
 */
export function* metricRequests(options: MetricWorkload): Generator<ExportRequest, never> {
  const { seed, pointsPerRequest, startAt, pointsPerSecond = 20_000 } = options;
  const writer = new RequestWriter();
  const processes = pointsPerRequest / POINTS_PER_PROCESS;
  if (!Number.isInteger(processes))
    throw new Error(`a request has whole processes of ${POINTS_PER_PROCESS} points`);
  const msPerRequest = (pointsPerRequest * 1_000) / pointsPerSecond;
  const start = BigInt(startAt) * 1_000_000n - 3_600_000_000_000n;
  for (let batch = 1; ; batch++) {
    const random = new Random(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(batch, 0x85ebca6b));
    const time = BigInt(Math.round(startAt + (batch - 1) * msPerRequest)) * 1_000_000n;
    const body = writer.write(random, (batch - 1) * processes, processes, { start, time, round: 0 });
    yield { batch, items: pointsPerRequest, body };
  }
}

/** Builds requests. Its buffers are used again. */
class RequestWriter {
  readonly #request = new ProtoWriter(1 << 19);
  readonly #resource = new ProtoWriter(1 << 17);
  readonly #scope = new ProtoWriter(1 << 16);
  readonly #part = new ProtoWriter();
  readonly #data = new ProtoWriter(1 << 15);
  readonly #points = new PointWriter();
  readonly #resources = SERVICES.map((service) => resourcesOf(service, INSTANCES));

  write(random: Random, first: number, processes: number, moment: Moment): Buffer {
    this.#request.reset();
    for (let turn = first; turn < first + processes; turn++) {
      const service = this.#resources[turn % SERVICES.length]!;
      const instance = Math.floor(turn / SERVICES.length);
      this.#resource.reset().raw(service[instance % INSTANCES]!);
      const round = Math.floor(instance / INSTANCES);
      this.#process(random, { ...moment, round });
      this.#request.bytes(1, this.#resource.view());
    }
    return Buffer.from(this.#request.view());
  }

  #process(random: Random, moment: Moment): void {
    for (const [i, instrument] of INSTRUMENTS.entries()) {
      if (instrument.scope !== INSTRUMENTS[i - 1]?.scope) {
        this.#part.reset().text(1, instrument.scope);
        this.#part.text(2, '0.207.0');
        this.#scope.reset().bytes(1, this.#part.view());
      }
      this.#metric(random, instrument, moment);
      if (instrument.scope !== INSTRUMENTS[i + 1]?.scope) this.#resource.bytes(2, this.#scope.view());
    }
  }

  #metric(random: Random, instrument: Instrument, moment: Moment): void {
    const data = this.#data.reset();
    for (const attributes of instrument.series)
      data.bytes(1, this.#points.write(random, instrument, attributes, moment));
    const { kind } = instrument;
    if (kind !== 'gauge') data.number(2, kind === 'exponential' ? TEMPORALITY.delta : TEMPORALITY.cumulative);
    if (instrument.monotonic) data.number(3, 1);
    const metric = this.#part.reset();
    metric.text(1, instrument.name);
    metric.text(2, instrument.description);
    metric.text(3, instrument.unit);
    metric.bytes(DATA[kind], data.view());
    this.#scope.bytes(2, metric.view());
  }
}
