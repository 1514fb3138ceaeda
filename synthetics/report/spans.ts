import { randomBytes } from 'node:crypto';
import type { ProbeRequest, ProbeRun, ProbeStep } from '../../model/probe.ts';
import { type Attributes, keyValues, nanos, type OtlpSpan, SPAN_KIND, STATUS_ERROR } from './otlp.ts';

/**
 * A journey can ask for thousands of things, a trace is to be looked at, and the door takes 4 MiB of JSON: 1,000 requests
 * with the longest URLs are 3. What is beyond is counted in its step.
 */
const MAX_STEPS = 100;
const MAX_REQUESTS = 1_000;
const MAX_REQUESTS_OF_STEP = 200;
const MAX_TEXT = 2_000;
/** By this the rollups, and SDKs that pass it on, know the probes' traffic from users'. */
const TRACE_STATE = 'lw=p';

/** A run as spans: the run is the root, steps below it, requests below them. docs/synthetics.md names the attributes. */
export function spansOf(run: ProbeRun): OtlpSpan[] {
  const spans = [runSpan(run)];
  let left = MAX_REQUESTS;
  for (const [index, step] of run.steps.slice(0, MAX_STEPS).entries()) {
    const requests = step.requests.slice(0, Math.min(left, MAX_REQUESTS_OF_STEP));
    left -= requests.length;
    spans.push(stepSpan(run, step, index), ...requests.map((request) => requestSpan(run, step, request)));
  }
  return spans;
}

function runSpan(run: ProbeRun): OtlpSpan {
  const { conditions, failure } = run;
  return span(run, {
    spanId: run.spanId,
    name: `probe ${run.name}`,
    startMs: 0,
    durationMs: run.durationMs,
    error: failure?.message,
    attributes: {
      ...identity(run, 'run'),
      'loopwatch.probe.definition': run.definition,
      'loopwatch.probe.every': run.every,
      'loopwatch.probe.threshold': run.thresholds.duration,
      'loopwatch.probe.verdict': run.verdict,
      'loopwatch.probe.failure.class': failure?.class,
      'loopwatch.probe.failure.step': failure?.step,
      'loopwatch.probe.failure.message': failure && cut(failure.message),
      'loopwatch.probe.skipped': run.skipped === '' ? null : run.skipped,
      'loopwatch.probe.confirms': run.confirms === '' ? null : run.confirms,
      'loopwatch.probe.certificate_expires_at': run.certificateExpiresAt,
      'loopwatch.probe.queue_delay': conditions.queueDelayMs,
      'loopwatch.probe.concurrency': conditions.concurrency,
      'loopwatch.probe.host_cpu': conditions.hostCpu,
      'loopwatch.probe.tainted': conditions.tainted,
      'loopwatch.probe.artifacts': run.artifacts.length === 0 ? null : JSON.stringify(run.artifacts),
      ...prefixed('loopwatch.probe.tag.', run.tags),
    },
  });
}

function stepSpan(run: ProbeRun, step: ProbeStep, index: number): OtlpSpan {
  const { startMs, durationMs, error, vitals } = step;
  return span(run, {
    ...{ spanId: step.spanId, parentSpanId: run.spanId, name: step.name, startMs, durationMs },
    error: step.verdict === 'failed' ? error : undefined,
    attributes: {
      ...identity(run, 'step'),
      'loopwatch.probe.step.name': step.name,
      'loopwatch.probe.step.index': index,
      'loopwatch.probe.verdict': step.verdict,
      'loopwatch.probe.threshold': run.thresholds.steps[step.name],
      'loopwatch.probe.step.error': error === '' ? null : cut(error),
      'loopwatch.probe.step.observer': step.observerMs,
      'loopwatch.probe.step.requests': step.requests.length,
      'loopwatch.probe.step.console_errors': step.consoleErrors,
      'loopwatch.probe.step.screenshot': step.screenshot === '' ? null : step.screenshot,
      ...prefixed('loopwatch.probe.vital.', { ...vitals }),
    },
  });
}

function requestSpan(run: ProbeRun, step: ProbeStep, request: ProbeRequest): OtlpSpan {
  const { method, url, status, startMs, durationMs, phases } = request;
  const failed = status === 0 || status >= 400;
  return span(run, {
    // What was not told of the trace has no id of its own yet.
    spanId: request.spanId === '' ? randomBytes(8).toString('hex') : request.spanId,
    parentSpanId: step.spanId,
    name: method,
    kind: SPAN_KIND.client,
    ...{ startMs, durationMs },
    error: failed && step.verdict === 'failed' ? '' : undefined,
    attributes: {
      ...identity(run, 'request'),
      'loopwatch.probe.request.joined': request.spanId !== '',
      'http.request.method': method,
      'http.response.status_code': status === 0 ? null : status,
      'url.full': cut(url),
      'user_agent.synthetic.type': 'test',
      ...prefixed('loopwatch.probe.phase.', { ...phases }),
    },
  });
}

/** What every span of a run carries. */
const identity = (run: ProbeRun, part: 'run' | 'step' | 'request'): Attributes => ({
  'loopwatch.probe.part': part,
  'loopwatch.probe.name': run.name,
  'loopwatch.probe.kind': run.kind,
  'loopwatch.probe.scheduled_at': run.scheduledAt,
});

interface SpanParts {
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  /** Milliseconds from the run's start. */
  startMs: number;
  durationMs: number;
  /** Undefined: it did not fail. */
  error: string | undefined;
  attributes: Attributes;
}

function span(run: ProbeRun, { startMs, durationMs, error, attributes, ...parts }: SpanParts): OtlpSpan {
  const start = run.startedAt + startMs;
  return {
    kind: SPAN_KIND.internal,
    ...parts,
    traceId: run.traceId,
    traceState: TRACE_STATE,
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(start + durationMs),
    attributes: keyValues(attributes),
    status: error === undefined ? {} : { code: STATUS_ERROR, message: cut(error) },
  };
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

const prefixed = (prefix: string, values: Attributes): Attributes =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
