/**
 * `incident.v1`: CloudEvents 1.0 as JSON (cloudevents/spec `json-format.md`); one event is sent in structured mode,
 * several as a batch. `data.revision` grows with each event of an incident, so that disorder is harmless.
 */
import type { Alert } from '../../../model/incident.ts';
import type { Content, Item } from '../message.ts';
import { type Envelope, type Most, type Payload, shorten } from './envelope.ts';

/** @returns `application/cloudevents+json`, or `application/cloudevents-batch+json` for several events */
export function incidentV1(content: Content, envelope: Envelope, most: Most): Payload {
  const shown = content.items.slice(0, most.items);
  const events: object[] = shown.map((item, i) => eventOf(item, i, envelope, most));
  const omitted = content.omitted + content.items.length - shown.length;
  if (omitted > 0) events.push(omission(omitted, envelope));
  if (events.length === 1)
    return { contentType: 'application/cloudevents+json', body: JSON.stringify(events[0]) };
  return { contentType: 'application/cloudevents-batch+json', body: JSON.stringify(events) };
}

const sourceOf = ({ installation }: Envelope): string => `/loopwatch/${installation}`;

function eventOf(item: Item, index: number, envelope: Envelope, most: Most): object {
  const { incident, kind, at, status } = item;
  return {
    specversion: '1.0',
    id: `${envelope.id}.${index}`,
    source: sourceOf(envelope),
    type: `incident.${kind}`,
    subject: String(incident.number),
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data: {
      number: incident.number,
      revision: incident.revision,
      url: `${envelope.externalUrl}/incidents/${incident.number}`,
      status: incident.status,
      firing: status === 'firing',
      title: shorten(incident.title, most.text),
      severity: incident.severity,
      rule: incident.rule,
      owner: incident.owner,
      runbook: shorten(incident.runbook, most.text),
      labels: incident.labels,
      opened_at: new Date(incident.openedAt).toISOString(),
      acknowledged: personAt(incident.acknowledged),
      resolved: incident.resolved && {
        ...personAt(incident.resolved),
        reason: shorten(incident.resolved.reason, most.text),
      },
      flapping: incident.flapping,
      reopened: incident.reopened,
      alerts: incident.alerts.slice(0, most.alerts).map((alert) => alertOf(alert, most)),
      alerts_firing: incident.firing,
      alerts_total: incident.total,
    },
  };
}

function personAt(given: { at: number; by: string } | null): { at: string; by: string } | null {
  return given && { at: new Date(given.at).toISOString(), by: given.by };
}

function alertOf({ labels, since, until, summary, description, samples }: Alert, most: Most): object {
  return {
    labels,
    since: new Date(since).toISOString(),
    until: until === null ? null : new Date(until).toISOString(),
    summary: shorten(summary, most.text),
    description: shorten(description, most.text),
    evidence: Object.entries(samples).map(([signal, { value, count, details }]) => ({
      signal,
      value,
      count,
      ...(details ? { details } : {}),
    })),
  };
}

function omission(incidents: number, envelope: Envelope): object {
  return {
    specversion: '1.0',
    id: `${envelope.id}.omitted`,
    source: sourceOf(envelope),
    type: 'incident.omitted',
    time: new Date(envelope.at).toISOString(),
    datacontenttype: 'application/json',
    data: { incidents, url: `${envelope.externalUrl}/incidents` },
  };
}
