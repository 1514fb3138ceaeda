import type { ProbeArtifact, ProbeRequest, ProbeRun, ProbeStep, RunConditions } from '../../model/probe.ts';
import type { ProbeRunSummary, ProbeRunsView, StepResult } from '../../model/probes.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';

/** A run as its row has it. */
interface RunRow
  extends Omit<ProbeRun, 'conditions' | 'failure' | 'steps' | 'artifacts' | 'thresholds'>,
    RunConditions {
  failureClass: '' | 'target' | 'assertion' | 'probe';
  failureStep: string;
  failureMessage: string;
  threshold: number | null;
  artifacts: string;
}

interface StepRow
  extends StepResult,
    Omit<ProbeStep, 'requests' | 'vitals' | 'consoleErrors' | 'startMs' | keyof StepResult> {
  traceId: string;
  /** Unix microseconds: as milliseconds a double would lose their last digits. */
  startUs: number;
  threshold: number | null;
  /** Null for what has no console. */
  consoleErrors: number | null;
  lcp: number | null;
  cls: number | null;
  inp: number | null;
  fcp: number | null;
  ttfb: number | null;
}

const RUN = `Name AS name, Location AS location, TraceId AS traceId, SpanId AS spanId, Kind AS kind,
  toUnixTimestamp64Milli(ScheduledAt) AS scheduledAt, toUnixTimestamp64Milli(StartedAt) AS startedAt, DurationMs AS durationMs,
  Verdict AS verdict, FailureClass AS failureClass, FailureStep AS failureStep, FailureMessage AS failureMessage,
  Skipped AS skipped, Confirms AS confirms, Definition AS definition, EveryMs AS every, ThresholdMs AS threshold, Tags AS tags,
  toUnixTimestamp64Milli(CertificateExpiresAt) AS certificateExpiresAt, QueueDelayMs AS queueDelayMs,
  Concurrency AS concurrency, HostCpu AS hostCpu, Tainted AS tainted, Artifacts AS artifacts`;

/** The newest runs of a probe in the range, with their steps. @param location '' for all */
export async function probeRuns(
  engine: Engine,
  range: TimeRange,
  name: string,
  location: string,
  limit: number,
): Promise<ProbeRunsView> {
  const rows = await engine.query<RunRow>(
    `SELECT ${RUN} FROM probe_runs
     WHERE Name = {name:String} AND ({location:String} = '' OR Location = {location:String})
       AND ScheduledAt >= fromUnixTimestamp64Milli({from:Int64}) AND ScheduledAt < fromUnixTimestamp64Milli({to:Int64})
     ORDER BY ScheduledAt DESC, StartedAt DESC, TraceId LIMIT 1 BY ScheduledAt, StartedAt, TraceId LIMIT {limit:UInt32}`,
    { ...range, name, location, limit: limit + 1 },
  );
  const shown = rows.slice(0, limit);
  const steps = Map.groupBy(await readSteps(engine, shown), ({ traceId }) => traceId);
  const runs = shown.map((row): ProbeRunSummary => {
    const { tags, thresholds, artifacts, ...run } = runOf(row, []);
    const results = steps.get(row.traceId) ?? [];
    return {
      ...run,
      steps: results.map(({ name, verdict, durationMs, screenshot }) => ({
        name,
        verdict,
        durationMs,
        screenshot,
      })),
    };
  });
  return { range, name, runs, more: rows.length > limit };
}

/** One run with everything that is kept of it, or null when there is none under this id. @param traceId 32 hex digits */
export async function probeRun(engine: Engine, traceId: string): Promise<ProbeRun | null> {
  const [row] = await engine.query<RunRow>(
    `SELECT ${RUN} FROM probe_runs WHERE TraceId = {traceId:String} LIMIT 1`,
    {
      traceId,
    },
  );
  if (row === undefined) return null;
  const [rows, requests] = await Promise.all([readSteps(engine, [row]), readRequests(engine, row)]);
  const run = runOf(row, []);
  for (const step of rows) if (step.threshold !== null) run.thresholds.steps[step.name] = step.threshold;
  return { ...run, steps: rows.map((step) => stepOf(step, row.startedAt, requests.get(step.spanId) ?? [])) };
}

function runOf(row: RunRow, steps: ProbeStep[]): ProbeRun {
  const {
    failureClass,
    failureStep,
    failureMessage,
    threshold,
    artifacts,
    queueDelayMs,
    concurrency,
    hostCpu,
    tainted,
    ...rest
  } = row;
  return {
    ...rest,
    failure: failureClass === '' ? null : { class: failureClass, step: failureStep, message: failureMessage },
    thresholds: { duration: threshold, steps: {} },
    conditions: { queueDelayMs, concurrency, hostCpu, tainted },
    steps,
    artifacts: artifactsOf(artifacts),
  };
}

/** What is no list of files is none: the attribute may have come from anybody. */
function artifactsOf(text: string): ProbeArtifact[] {
  try {
    const list: unknown = text === '' ? [] : JSON.parse(text);
    return Array.isArray(list) ? list.filter(isArtifact).slice(0, 200) : [];
  } catch {
    return [];
  }
}

function isArtifact(one: unknown): one is ProbeArtifact {
  const { kind, sha256, bytes, type } = (one ?? {}) as Record<string, unknown>;
  return (
    ['screenshot', 'trace', 'har', 'console'].includes(String(kind)) &&
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    typeof bytes === 'number' &&
    typeof type === 'string'
  );
}

/** By run and place in it. */
function readSteps(engine: Engine, runs: readonly RunRow[]): Promise<StepRow[]> {
  const [newest] = runs;
  if (newest === undefined) return Promise.resolve([]);
  const slots = runs.map(({ scheduledAt }) => scheduledAt);
  return engine.query<StepRow>(
    `SELECT TraceId AS traceId, Step AS name, SpanId AS spanId, Verdict AS verdict,
       toUnixTimestamp64Micro(StartedAt) AS startUs, DurationMs AS durationMs, ObserverMs AS observerMs, Error AS error,
       ThresholdMs AS threshold, ConsoleErrors AS consoleErrors, Screenshot AS screenshot, Lcp AS lcp, Cls AS cls, Inp AS inp, Fcp AS fcp, Ttfb AS ttfb
     FROM probe_steps FINAL
     WHERE Name = {name:String} AND ScheduledAt >= fromUnixTimestamp64Milli({from:Int64})
       AND ScheduledAt <= fromUnixTimestamp64Milli({to:Int64}) AND TraceId IN {ids:Array(String)}
     ORDER BY traceId, StepIndex`,
    {
      name: newest.name,
      from: Math.min(...slots),
      to: Math.max(...slots),
      ids: runs.map(({ traceId }) => traceId),
    },
  );
}

function stepOf(row: StepRow, startedAt: number, requests: ProbeRequest[]): ProbeStep {
  const { traceId, threshold, lcp, cls, inp, fcp, ttfb, startUs, consoleErrors, ...step } = row;
  return {
    ...step,
    ...(consoleErrors === null ? {} : { consoleErrors }),
    startMs: sinceStart(startUs, startedAt),
    vitals: { lcp, cls, inp, fcp, ttfb },
    requests,
  };
}

interface RequestRow {
  stepId: string;
  spanId: string;
  startUs: number;
  durationMs: number;
  attributes: Record<string, string>;
}

/** Requests by the span of their step; none when the spans are older than their retention. */
async function readRequests(engine: Engine, run: RunRow): Promise<Map<string, ProbeRequest[]>> {
  const rows = await engine.query<RequestRow>(
    `SELECT ParentSpanId AS stepId, SpanId AS spanId, toUnixTimestamp64Micro(toDateTime64(Timestamp, 6)) AS startUs, Duration / 1e6 AS durationMs,
       SpanAttributes AS attributes
     FROM otel_traces
     WHERE TraceId = {traceId:String} AND ServiceName = 'loopwatch-synthetics' AND ScopeName = 'loopwatch.synthetics'
       AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
       AND SpanAttributes['loopwatch.probe.part'] = 'request'
     ORDER BY Timestamp LIMIT 1 BY SpanId LIMIT 5000`,
    {
      traceId: run.traceId,
      from: run.startedAt - 1_000,
      to: Math.ceil(run.startedAt + run.durationMs) + 60_000,
    },
  );
  const requests = new Map<string, ProbeRequest[]>();
  for (const row of rows) {
    const list = requests.get(row.stepId) ?? [];
    list.push(requestOf(row, run.startedAt));
    requests.set(row.stepId, list);
  }
  return requests;
}

function requestOf({ spanId, startUs, durationMs, attributes }: RequestRow, startedAt: number): ProbeRequest {
  const phase = (name: string): number | null => {
    const text = attributes[`loopwatch.probe.phase.${name}`];
    return text === undefined ? null : Number(text);
  };
  return {
    method: attributes['http.request.method'] ?? '',
    url: attributes['url.full'] ?? '',
    status: Number(attributes['http.response.status_code'] ?? 0),
    startMs: sinceStart(startUs, startedAt),
    durationMs,
    phases: {
      dns: phase('dns'),
      connect: phase('connect'),
      tls: phase('tls'),
      ttfb: phase('ttfb'),
      transfer: phase('transfer'),
    },
    spanId: attributes['loopwatch.probe.request.joined'] === 'true' ? spanId : '',
  };
}

/** @param us unix microseconds. @param startedAt unix milliseconds. @returns milliseconds between them */
const sinceStart = (us: number, startedAt: number): number => (us - startedAt * 1_000) / 1_000;
