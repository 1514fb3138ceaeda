import type { Receiver } from '../../../model/rule.ts';
import type { Content } from '../message.ts';
import { alertmanager } from './alertmanager.ts';
import { type Envelope, type Most, type Payload, shorten, type Writer } from './envelope.ts';
import { incidentV1 } from './incident-v1.ts';
import { slack } from './slack.ts';

export const MAX_PAYLOAD_BYTES = 256 * 1024;

/** Less and less of it until it fits; what is left out is counted in the payload. */
const SIZES: readonly Most[] = [
  { alerts: 100, items: 100, text: 4_000 },
  { alerts: 20, items: 100, text: 1_000 },
  { alerts: 5, items: 20, text: 300 },
  { alerts: 1, items: 5, text: 100 },
];

const WRITERS: Readonly<Record<Receiver['payload'], Writer>> = {
  alertmanager,
  'incident.v1': incidentV1,
  slack,
};

/** The body for a receiver, at most 256 KiB. The same content gives the same bytes. */
export function encode(kind: Receiver['payload'], content: Content, envelope: Envelope): Payload {
  let payload: Payload | undefined;
  for (const most of SIZES) {
    payload = WRITERS[kind](content, envelope, most);
    if (Buffer.byteLength(payload.body) <= MAX_PAYLOAD_BYTES) return payload;
  }
  // Labels of thousands of characters: numbers and statuses alone, without any alert.
  return WRITERS[kind](withoutAlerts(content), envelope, SIZES.at(-1)!);
}

function withoutAlerts(content: Content): Content {
  const items = content.items.slice(0, 5).map((item) => ({
    ...item,
    incident: {
      ...item.incident,
      labels: {},
      group: {},
      alerts: [],
      key: shorten(item.incident.key, 200),
      rule: shorten(item.incident.rule, 200),
      owner: shorten(item.incident.owner, 200),
    },
  }));
  const omitted = content.omitted + content.items.length - items.length;
  return { items, omitted, group: shorten(content.group, 200), groupLabels: {} };
}
