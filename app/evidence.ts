import type { Evidence, EvidenceSeries, Incident } from '../model/incident.ts';
import type { Rule } from '../model/rule.ts';
import type { SignalSource } from '../model/signal.ts';
import type { CollectEvidence } from '../rules/incidents/incidents.ts';
import type { Engine } from '../store/engine.ts';
import { readEvidenceLogs } from '../store/queries/evidence.ts';
import { searchTraces } from '../store/queries/traces.ts';

const MINUTE_MS = 60_000;
/** The course before the opening: one reading a minute. */
const POINTS = 16;
const BEFORE_MS = 15 * MINUTE_MS;
const AFTER_MS = MINUTE_MS;
const TRACES = 5;
const LOGS = 20;
const MOST_SERIES = 20;

/**
 * What the store has around an opening: the course of the rule's signals, traces with errors, warnings in logs. Traces
 * and logs need a label `service` or `service.name`.
 */
export function createEvidence(engine: Engine, source: () => SignalSource | undefined): CollectEvidence {
  return async (incident, rule) => {
    const range = { from: incident.openedAt - BEFORE_MS, to: incident.openedAt + AFTER_MS };
    const missing: string[] = [];
    const series = rule ? await courseOf(source(), rule, incident, missing) : [];
    const service = incident.labels['service.name'] ?? incident.labels.service;
    if (service === undefined) {
      missing.push('No traces and logs: the incident has no label service or service.name.');
      return { series, traces: [], logs: [], missing };
    }
    const [{ traces }, logs] = await Promise.all([
      searchTraces(engine, { range, env: '', service, onlyErrors: true, sort: 'recent', limit: TRACES }),
      readEvidenceLogs(engine, service, range, LOGS),
    ]);
    return { series, traces: traces.map(traceOf), logs, missing };
  };
}

type Trace = Awaited<ReturnType<typeof searchTraces>>['traces'][number];

const traceOf = ({
  traceId,
  service,
  operation,
  start,
  durationMs,
  errors,
}: Trace): Evidence['traces'][number] => ({
  traceId,
  service,
  operation,
  start,
  durationMs,
  errors,
});

async function courseOf(
  source: SignalSource | undefined,
  rule: Rule,
  incident: Incident,
  missing: string[],
): Promise<EvidenceSeries[]> {
  if (!source) {
    missing.push('No course of the signals: nothing reads them.');
    return [];
  }
  const signals = new Map(Object.entries(rule.signals).filter(([, { kind }]) => kind !== 'rule'));
  const series = new Map<
    string,
    { signal: string; labels: Incident['labels']; points: [number, number | null][] }
  >();
  for (let i = POINTS - 1; i >= 0; i--) {
    const t = incident.openedAt - i * MINUTE_MS;
    for (const [signal, reading] of await source.read(signals, t))
      for (const { labels, value } of reading.ok ? reading.samples : []) {
        if (!agrees(labels, incident)) continue;
        const key = `${signal} ${JSON.stringify(labels)}`;
        const one = series.get(key) ?? { signal, labels, points: [] };
        one.points.push([t, value]);
        if (series.size < MOST_SERIES) series.set(key, one);
      }
  }
  return [...series.values()];
}

/** Series of the incident, not of the rule's other ones. */
const agrees = (labels: Incident['labels'], { group }: Incident): boolean =>
  Object.entries(group).every(([name, value]) => labels[name] === undefined || labels[name] === value);
