import type { IncidentView, TimelineEntry } from '../../model/incident.ts';
import type { Rule } from '../../model/rule.ts';
import { formatLabels } from './addresses.ts';

const MOST_ENTRIES = 200;

/**
 * A retrospective's draft in Markdown, all of it from what was recorded: what happened when, what it rested on, and
 * the questions only people can answer. '' when the rule wants none.
 */
export function draftRetrospective(
  { incident, timeline, evidence }: Omit<IncidentView, 'retrospective'>,
  rule: Rule | undefined,
): string {
  const closing = rule?.else.find((action) => action.kind === 'incident');
  if (closing?.kind === 'incident' && closing.retrospective === 'none') return '';
  const first = (kind: TimelineEntry['kind']) => timeline.find((entry) => entry.kind === kind)?.at ?? null;
  const resolvedAt = incident.resolved?.at ?? null;
  const times: [string, number | null][] = [
    ['began (the data says)', incident.openedAt],
    ['opened', first('triggered')],
    ['first told', first('delivered')],
    ['acknowledged', incident.acknowledged?.at ?? null],
    ['resolved', resolvedAt],
  ];
  return [
    `# Retrospective: #${incident.number} ${text(incident.title)}`,
    '',
    `Rule \`${incident.rule}\`${incident.owner === '' ? '' : `, owner ${text(incident.owner)}`}, severity ${text(incident.severity || 'none')}, ${Object.keys(incident.alerts).length} alert(s), reopened ${incident.reopened} time(s).`,
    '',
    '## When',
    '',
    ...times.map(
      ([name, at]) => `- ${name}: ${at === null ? 'never' : time(at)}${since(incident.openedAt, at)}`,
    ),
    '',
    '## What fired',
    '',
    ...Object.values(incident.alerts)
      .slice(0, 20)
      .map(
        ({ labels, since: from, until }) =>
          `- ${text(formatLabels(labels))} from ${time(from)} ${until === null ? 'on' : `to ${time(until)}`}`,
      ),
    '',
    '## Evidence',
    '',
    ...(evidence === null ? ['None was collected.'] : evidenceLines(evidence)),
    '',
    '## Timeline',
    '',
    ...timeline
      .slice(0, MOST_ENTRIES)
      .map(({ at, kind, who, text: words }) => `- ${time(at)} ${kind} (${text(who)}) ${text(words)}`),
    ...(timeline.length > MOST_ENTRIES ? [`- and ${timeline.length - MOST_ENTRIES} more`] : []),
    '',
    '## Open questions',
    '',
    '- What was the cause, and what made it possible?',
    '- Who was affected, and how do we know?',
    '- Could it have been seen earlier, or told to fewer people?',
    '- What will we change, who does it, and by when?',
    '',
  ].join('\n');
}

function evidenceLines(evidence: NonNullable<IncidentView['evidence']>): string[] {
  return [
    ...Object.entries(evidence.samples).map(
      ([name, { value, count }]) => `- ${text(name)} was ${value ?? 'unknown'}, from ${count} event(s)`,
    ),
    ...evidence.traces.map(
      ({ traceId, service, operation, durationMs, errors }) =>
        `- trace ${text(traceId)}: ${text(service)} ${text(operation)}, ${Math.round(durationMs)} ms, ${errors} error(s)`,
    ),
    ...evidence.logs.map((log) => `- ${time(log.time)} ${text(log.service)} ${text(log.body.slice(0, 200))}`),
    ...evidence.missing.map((sentence) => `- ${text(sentence)}`),
  ];
}

const time = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

function since(from: number, at: number | null): string {
  return at === null || at === from ? '' : ` (${Math.round((at - from) / 1_000)} s after it began)`;
}

/** Telemetry in Markdown: one line, and nothing in it is markup. */
function text(value: string): string {
  return value.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&');
}
