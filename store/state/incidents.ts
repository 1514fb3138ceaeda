import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Incident, IncidentSummary, IncidentsView, TimelineEntry } from '../../model/incident.ts';
import type { IncidentFilter, Incidents } from './state.ts';

/** Most entries of a timeline that are read at once; the oldest and with them the opening come first. */
const MOST_ENTRIES = 2_000;

/** Incidents with timeline, evidence and retrospective. */
export function sqliteIncidents(db: DatabaseSync): Incidents {
  const live = db.prepare(
    `SELECT incident FROM incidents WHERE status != 'resolved' OR reopen_until > ? ORDER BY number`,
  );
  const last = db.prepare('SELECT coalesce(max(number), 0) AS number FROM incidents');
  const get = db.prepare('SELECT incident, evidence FROM incidents WHERE number = ?');
  const timeline = db.prepare(
    `SELECT incident, at, kind, who, text FROM timeline WHERE incident = ? ORDER BY id LIMIT ${MOST_ENTRIES}`,
  );
  const told = db.prepare(`SELECT min(at) AS at FROM timeline WHERE incident = ? AND kind = 'delivered'`);
  const put = db.prepare(
    `INSERT INTO incidents (number, key, rule, status, severity, opened_at, resolved_at, reopen_until, incident)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET key = excluded.key, rule = excluded.rule, status = excluded.status,
       severity = excluded.severity, resolved_at = excluded.resolved_at, reopen_until = excluded.reopen_until,
       incident = excluded.incident`,
  );
  const append = db.prepare('INSERT INTO timeline (incident, at, kind, who, text) VALUES (?, ?, ?, ?, ?)');
  const without = db.prepare(
    'SELECT number FROM incidents WHERE evidence_pending = 1 ORDER BY number LIMIT ?',
  );
  const setEvidence = db.prepare('UPDATE incidents SET evidence = ?, evidence_pending = ? WHERE number = ?');
  const getFindings = db.prepare(
    'SELECT findings FROM incidents WHERE number = ? AND findings_of IS resolved_at',
  );
  const withoutFindings = db.prepare(
    `SELECT number FROM incidents WHERE resolved_at IS NOT NULL AND findings_of IS NOT resolved_at
     ORDER BY number DESC LIMIT ?`,
  );
  const setFindings = db.prepare('UPDATE incidents SET findings = ?, findings_of = ? WHERE number = ?');
  return {
    live: (now) => live.all(now).map(incidentOf),
    lastNumber: () => (last.get() as { number: number }).number,
    get: (number) => {
      const row = get.get(number) as { incident: string; evidence: string | null } | undefined;
      if (row === undefined) return null;
      return {
        incident: JSON.parse(row.incident),
        timeline: timeline.all(number).map((entry) => ({ ...entry }) as unknown as TimelineEntry),
        evidence: row.evidence === null ? null : JSON.parse(row.evidence),
      };
    },
    findings: (number) => {
      const row = getFindings.get(number) as { findings: string | null } | undefined;
      return row?.findings ? JSON.parse(row.findings) : null;
    },
    withoutFindings: (limit) => withoutFindings.all(limit).map((row) => (row as { number: number }).number),
    setFindings: (number, findings, resolvedAt) =>
      void setFindings.run(findings && JSON.stringify(findings), resolvedAt, number),
    toldAt: (number) => (told.get(number) as { at: number | null }).at,
    list: (filter) => list(db, filter),
    put: (incidents) => {
      for (const one of incidents)
        put.run(
          one.number,
          one.key,
          one.rule,
          one.status,
          one.severity,
          one.openedAt,
          one.resolved?.at ?? null,
          one.reopenUntil,
          JSON.stringify(one),
        );
    },
    append: (entries) => {
      for (const { incident, at, kind, who, text } of entries) append.run(incident, at, kind, who, text);
    },
    withoutEvidence: (limit) => without.all(limit).map((row) => (row as { number: number }).number),
    open: (number, evidence) => void setEvidence.run(JSON.stringify(evidence), 1, number),
    setEvidence: (number, evidence) => void setEvidence.run(JSON.stringify(evidence), 0, number),
  };
}

const incidentOf = (row: unknown): Incident => JSON.parse((row as { incident: string }).incident);

function list(db: DatabaseSync, filter: IncidentFilter): IncidentsView {
  const { conditions, values } = conditionsOf(filter);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const rows = db
    .prepare(`SELECT incident FROM incidents ${where} ORDER BY number DESC LIMIT ?`)
    .all(...values, filter.limit + 1)
    .map(incidentOf);
  const incidents = rows.slice(0, filter.limit).map(summaryOf);
  return { incidents, next: rows.length > filter.limit ? incidents.at(-1)!.number : null };
}

function conditionsOf(filter: IncidentFilter): { conditions: string[]; values: SQLInputValue[] } {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...given: SQLInputValue[]) => {
    conditions.push(condition);
    values.push(...given);
  };
  if (filter.status === 'open') add("status != 'resolved'");
  else if (filter.status !== undefined) add('status = ?', filter.status);
  if (filter.rule !== undefined) add('rule = ?', filter.rule);
  if (filter.severity !== undefined) add('severity = ?', filter.severity);
  if (filter.before !== undefined) add('number < ?', filter.before);
  if (filter.text !== undefined && filter.text !== '')
    add(
      `instr(lower(rule || char(10) || (incident ->> 'title') || char(10) || (incident ->> 'labels')), lower(?)) > 0`,
      filter.text,
    );
  return { conditions, values };
}

function summaryOf(incident: Incident): IncidentSummary {
  const alerts = Object.values(incident.alerts);
  const { number, rule, title, severity, status, openedAt, flapping, labels, group } = incident;
  return {
    number,
    rule,
    title,
    severity,
    status,
    openedAt,
    flapping,
    labels,
    group,
    resolvedAt: incident.resolved?.at ?? null,
    firing: alerts.filter(({ until }) => until === null).length,
    alerts: alerts.length,
  };
}
