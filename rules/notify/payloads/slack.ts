/** Slack's incoming webhooks, as Mattermost, Rocket.Chat and Discord (`/slack`) take them, too. */
import type { NoticeKind } from '../../../model/incident.ts';
import type { Content, Item } from '../message.ts';
import { type Envelope, type Most, type Payload, shorten } from './envelope.ts';

/** More attachments than this are hard to read, and Slack shows the first 20 only. */
const MOST_SHOWN = 10;

/** A line for each incident, coloured by how it stands. */
export function slack(content: Content, envelope: Envelope, most: Most): Payload {
  const shown = content.items.slice(0, Math.min(MOST_SHOWN, most.items));
  const omitted = content.omitted + content.items.length - shown.length;
  const attachments = shown.map((item) => attachmentOf(item, envelope, most));
  const [first] = shown;
  const headline =
    shown.length === 1 && first ? sentenceOf(first) : `${content.items.length + content.omitted} incidents`;
  const text =
    omitted > 0 ? `${headline}, ${omitted} of them not listed: ${envelope.externalUrl}/incidents` : headline;
  return { contentType: 'application/json', body: JSON.stringify({ text: plain(text), attachments }) };
}

const VERBS: Readonly<Record<NoticeKind, string>> = {
  triggered: 'triggered',
  updated: 'has changed',
  repeated: 'still fires',
  acknowledged: 'acknowledged',
  escalated: 'escalated: nobody acknowledged it',
  flapping: 'flaps; nothing more is told until it is steady',
  recovered: 'has recovered, to be resolved by you',
  resolved: 'resolved',
  reopened: 'reopened',
};

function sentenceOf({ kind, incident }: Item): string {
  const by = kind === 'acknowledged' && incident.acknowledged ? ` by ${incident.acknowledged.by}` : '';
  return `#${incident.number} ${VERBS[kind]}${by}`;
}

function attachmentOf(item: Item, { externalUrl }: Envelope, most: Most): object {
  const { incident, status } = item;
  const labels = Object.entries(incident.labels)
    .filter(([name]) => name !== 'alertname')
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  const lines = [
    labels,
    `${incident.firing} of ${incident.total} alert(s) firing`,
    incident.runbook === '' ? '' : `Runbook: ${incident.runbook}`,
  ];
  const title = `${sentenceOf(item)}: ${incident.title}`;
  return {
    color: status === 'resolved' ? '#2e7d32' : incident.severity === 'page' ? '#c62828' : '#ef6c00',
    title: plain(shorten(title, most.text)),
    title_link: `${externalUrl}/incidents/${incident.number}`,
    text: plain(shorten(lines.filter(Boolean).join('\n'), most.text)),
    fallback: plain(shorten(title, most.text)),
  };
}

/** Slack's three control characters: without them `<!channel>` in a label is text. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
