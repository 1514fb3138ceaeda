/** Series, traces and logs around the opening of an incident, read while they exist. */
import type { EvidenceLog, EvidenceSeries, Incident } from '../model/incident.ts';
import type { Rule } from '../model/rule.ts';
import type { SignalSource } from '../model/signal.ts';
import type { CollectEvidence } from '../rules/incidents/incidents.ts';
import { signalName, signalsOf } from '../rules/run/schedule.ts';
import type { Engine } from '../store/engine.ts';
import { logsAround } from '../store/queries/logs-around.ts';
import { searchTraces } from '../store/queries/traces.ts';

const POINTS = 30;
const BEFORE_MS = 900_000;
const TRACES = 5;
const LOGS = 20;

/** @param source reads the rule's own signals at the ticks before the opening */
export function createEvidence(engine: Engine, source: SignalSource): CollectEvidence {
  return async (incident, rule) => {
    const service = incident.labels['service.name'] ?? incident.labels.service;
    const range = { from: incident.openedAt - BEFORE_MS, to: incident.openedAt };
    const missing =
      service === undefined ? ['Traces and logs: no label of the incident names a service.'] : [];
    const series = rule === undefined ? [] : await readSeries(source, rule, incident);
    if (service === undefined) return { series, traces: [], logs: [], missing };
    const [found, logs] = await Promise.all([
      searchTraces(engine, { range, env: '', service, onlyErrors: true, sort: 'recent', limit: TRACES }),
      logsAround(engine, range, service, LOGS),
    ]);
    const traces = found.traces.map((trace) => ({
      traceId: trace.traceId,
      service: trace.service,
      operation: trace.operation,
      start: trace.start,
      durationMs: trace.durationMs,
      errors: trace.errors,
    }));
    return { series, traces, logs: logs satisfies EvidenceLog[], missing };
  };
}

/** What the rule saw at the ticks up to the opening, for the incident's own labels. */
async function readSeries(source: SignalSource, rule: Rule, incident: Incident): Promise<EvidenceSeries[]> {
  const signals = signalsOf([rule]);
  const found = new Map<string, EvidenceSeries & { points: [number, number | null][] }>();
  for (let i = POINTS - 1; i >= 0; i--) {
    const t = incident.openedAt - i * rule.every;
    const readings = await source.read(signals, t);
    for (const signal of Object.keys(rule.signals)) {
      const reading = readings.get(signalName(rule.name, signal));
      if (!reading?.ok) continue;
      for (const { labels, value } of reading.samples) {
        if (Object.entries(labels).some(([key, text]) => (incident.labels[key] ?? text) !== text)) continue;
        const key = JSON.stringify([signal, labels]);
        const series = found.get(key) ?? { signal, labels, points: [] };
        series.points.push([t, value]);
        found.set(key, series);
      }
    }
  }
  return [...found.values()];
}
