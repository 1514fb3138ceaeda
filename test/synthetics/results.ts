/** Results of probes for tests: a run is named by what matters in it, the rest is filled in. */
import { randomBytes } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import { jsonToProtobuf } from '../../collector/receive/json.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { REQUEST, type Signal } from '../../model/otlp.ts';
import type { FailureClass, ProbeRequest, ProbeRun, ProbeStep } from '../../model/probe.ts';
import { type Resource, tracesBody } from '../../synthetics/report/otlp.ts';
import { Reporter } from '../../synthetics/report/reporter.ts';
import type { Delivery } from '../../synthetics/report/sender.ts';
import { spansOf } from '../../synthetics/report/spans.ts';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

export const NO_VITALS = { lcp: null, cls: null, inp: null, fcp: null, ttfb: null };

export function probeRun(more: Partial<ProbeRun> & { fails?: FailureClass } = {}): ProbeRun {
  const { fails, ...given } = more;
  const scheduledAt = given.scheduledAt ?? Date.now() - 10_000;
  return {
    traceId: hex(16),
    spanId: hex(8),
    name: 'home',
    kind: 'http',
    location: 'fra',
    scheduledAt,
    startedAt: scheduledAt + 3,
    durationMs: 100,
    verdict: fails === undefined ? 'passed' : 'failed',
    failure:
      fails === undefined ? null : { class: fails, step: 'request', message: 'status is 503, not 200' },
    skipped: '',
    confirms: '',
    definition: 'abc123',
    every: 60_000,
    thresholds: { duration: null, steps: {} },
    tags: {},
    certificateExpiresAt: null,
    conditions: { queueDelayMs: 3, concurrency: 1, hostCpu: 0.25, tainted: false },
    steps: [],
    artifacts: [],
    ...given,
  };
}

export const probeStep = (more: Partial<ProbeStep> = {}): ProbeStep => ({
  name: 'request',
  spanId: hex(8),
  verdict: 'passed',
  startMs: 0,
  durationMs: 100,
  observerMs: 0,
  error: '',
  screenshot: '',
  vitals: NO_VITALS,
  requests: [],
  ...more,
});

export const probeRequest = (more: Partial<ProbeRequest> = {}): ProbeRequest => ({
  method: 'GET',
  url: 'https://shop.example/',
  status: 200,
  startMs: 0,
  durationMs: 100,
  phases: { dns: 1.5, connect: 2, tls: null, ttfb: 90, transfer: 6.5 },
  spanId: hex(8),
  ...more,
});

const decoded = (signal: Signal, body: object): object =>
  fromBinary(descriptor(REQUEST[signal]), jsonToProtobuf(Buffer.from(JSON.stringify(body)), signal));

const resourceAt = (location: string): Resource => ({ location, version: '1' });

/** The request a run is sent with. */
export const requestOfRun = (run: ProbeRun): object =>
  decoded('traces', tracesBody(resourceAt(run.location), spansOf(run)));

/** The request of a heartbeat. */
export async function requestOfHeartbeat(location: string, at: number, probes = 1): Promise<object> {
  const sent: Delivery[] = [];
  new Reporter({ send: (delivery) => void sent.push(delivery) }, resourceAt(location)).heartbeat(at, probes);
  return decoded('metrics', JSON.parse((await sent[0]!.body()) as string));
}
