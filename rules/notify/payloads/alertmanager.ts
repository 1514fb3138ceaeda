/**
 * Alertmanager's webhook, version 4 (prometheus.io, "webhook_config"; alertmanager `notify/webhook/webhook.go` and
 * `template/template.go`): receivers written for it work unchanged. Keys of ours come beside its own.
 */
import type { Alert } from '../../../model/incident.ts';
import type { Labels } from '../../../model/signal.ts';
import { fingerprintOf } from '../../evaluate/fingerprint.ts';
import { formatLabels } from '../../incidents/addresses.ts';
import type { Content, Item } from '../message.ts';
import { type Envelope, type Most, type Payload, shorten } from './envelope.ts';

/** Go's zero time: what Alertmanager sends as the end of an alert that fires. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

/** @returns the JSON of `webhook.Message` */
export function alertmanager(content: Content, envelope: Envelope, most: Most): Payload {
  const items = latest(content.items).slice(0, most.items);
  const alerts = items.flatMap((item) =>
    item.incident.alerts.slice(0, most.alerts).map((alert) => alertOf(alert, item, envelope, most)),
  );
  const total =
    latest(content.items).reduce((sum, { incident }) => sum + incident.total, 0) + content.omitted;
  return {
    contentType: 'application/json',
    body: JSON.stringify({
      version: '4',
      groupKey: `{}:${Object.keys(content.groupLabels).length === 0 ? content.group : formatLabels(content.groupLabels)}`,
      truncatedAlerts: total - alerts.length,
      status: items.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
      receiver: envelope.receiver,
      groupLabels: content.groupLabels,
      commonLabels: common(alerts.map(({ labels }) => labels)),
      commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
      externalURL: envelope.externalUrl,
      alerts,
      incidents: items.map(({ kind, incident }) => ({
        number: incident.number,
        status: incident.status,
        event: kind,
        revision: incident.revision,
        severity: incident.severity,
        url: `${envelope.externalUrl}/incidents/${incident.number}`,
      })),
      omittedIncidents: content.omitted + latest(content.items).length - items.length,
    }),
  };
}

/** Of each incident the last that is to be told: the payload says how things stand. */
function latest(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.incident.number, item])).values()];
}

function alertOf(alert: Alert, { status, incident }: Item, { externalUrl }: Envelope, most: Most) {
  const end = alert.until ?? (status === 'resolved' ? (incident.resolved?.at ?? null) : null);
  const labels = shortened(alert.labels, most.text);
  const annotations: Record<string, string> = {};
  if (alert.summary !== '') annotations.summary = shorten(alert.summary, most.text);
  if (alert.description !== '') annotations.description = shorten(alert.description, most.text);
  if (incident.runbook !== '') annotations.runbook_url = shorten(incident.runbook, most.text);
  return {
    status: end === null ? 'firing' : 'resolved',
    labels,
    annotations,
    startsAt: new Date(alert.since).toISOString(),
    endsAt: end === null ? NOT_ENDED : new Date(end).toISOString(),
    generatorURL: `${externalUrl}/rules/${encodeURIComponent(incident.rule)}`,
    fingerprint: fingerprintOf(alert.labels),
  };
}

function shortened(labels: Labels, most: number): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, shorten(value, most)]));
}

function common(sets: readonly Labels[]): Labels {
  const [first = {}, ...others] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((one) => one[name] === value)),
  );
}
