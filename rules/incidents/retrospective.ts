import { formatDuration } from '../../base/units.ts';
import type { BudgetBurned, Findings, Hindsight } from '../../model/findings.ts';
import type { IncidentView, TimelineEntry } from '../../model/incident.ts';
import type { Operation } from '../../model/operation.ts';
import type { Rule } from '../../model/rule.ts';
import { formatLabels } from './addresses.ts';

const MOST_ENTRIES = 200;
const MOST_OTHERS = 10;

/**
 * A retrospective's draft in Markdown, all of it from what was recorded: what happened when, what it rested on, what
 * was done and whether it helped, and the questions only people can answer. '' when the rule wants none.
 * @param findings null where nothing was found out, or not yet
 */
export function draftRetrospective(
  { incident, timeline, evidence, operations }: Omit<IncidentView, 'retrospective'>,
  rule: Rule | undefined,
  findings: Findings | null,
): string {
  const closing = rule?.else.find((action) => action.kind === 'incident');
  if (closing?.kind === 'incident' && closing.retrospective === 'none') return '';
  const alerts = Object.values(incident.alerts);
  return [
    `# Retrospective: #${incident.number} ${text(incident.title)}`,
    '',
    `Rule \`${incident.rule}\`${incident.owner === '' ? '' : `, owner ${text(incident.owner)}`}, severity ${text(incident.severity || 'none')}, ${alerts.length} alert(s), reopened ${incident.reopened} time(s).`,
    '',
    ...section('When', whenLines({ incident, timeline, operations })),
    ...section(
      'What fired',
      alerts
        .slice(0, 20)
        .map(
          ({ labels, since: from, until }) =>
            `- ${text(formatLabels(labels))} from ${time(from)} ${until === null ? 'on' : `to ${time(until)}`}`,
        ),
    ),
    ...section('What was done', operations.length === 0 ? ['Nothing.'] : operations.map(operationLine)),
    ...findingSections(findings),
    ...section('Evidence', evidence === null ? ['None was collected.'] : evidenceLines(evidence)),
    ...section('Timeline', [
      ...timeline
        .slice(0, MOST_ENTRIES)
        .map(({ at, kind, who, text: words }) => `- ${time(at)} ${kind} (${text(who)}) ${text(words)}`),
      ...(timeline.length > MOST_ENTRIES ? [`- and ${timeline.length - MOST_ENTRIES} more`] : []),
    ]),
    ...section('Open questions', [
      '- What was the cause, and what made it possible?',
      '- Who was affected, and how do we know?',
      '- Could it have been seen earlier, or told to fewer people?',
      '- What will we change, who does it, and by when?',
    ]),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => [`## ${title}`, '', ...lines, ''];

function whenLines({
  incident,
  timeline,
  operations,
}: Pick<IncidentView, 'incident' | 'timeline' | 'operations'>): string[] {
  const first = (kind: TimelineEntry['kind']) => timeline.find((entry) => entry.kind === kind)?.at ?? null;
  const earliest = (at: (operation: Operation) => number | null) =>
    Math.min(...operations.map((one) => at(one) ?? Number.POSITIVE_INFINITY));
  const done: [string, number][] = [
    ['first acted', earliest(({ dispatchedAt }) => dispatchedAt)],
    [
      'verified to have helped',
      earliest(({ verification }) => (verification?.verdict === 'cured' ? verification.at : null)),
    ],
  ];
  const times: [string, number | null][] = [
    ['began (the data says)', incident.openedAt],
    ['opened', first('triggered')],
    ['first told', first('delivered')],
    ['acknowledged', incident.acknowledged?.at ?? null],
    ...done.filter(([, at]) => Number.isFinite(at)),
    ['resolved', incident.resolved?.at ?? null],
  ];
  return times.map(
    ([name, at]) => `- ${name}: ${at === null ? 'never' : time(at)}${since(incident.openedAt, at)}`,
  );
}

function operationLine(operation: Operation): string {
  const { order, target, status, reason, approval, verification, rollbackOf, dispatchedAt, finishedAt } =
    operation;
  const what =
    order.kind === 'scale'
      ? `${target} ${order.expectedCurrent ?? '?'} → ${order.desired ?? '?'}`
      : `${order.action} of ${target}`;
  const took =
    dispatchedAt !== null && finishedAt !== null ? `, took ${seconds(finishedAt - dispatchedAt)}` : '';
  const decision = approval?.decision;
  const by = decision ? `, ${decision.approved ? 'approved' : 'rejected'} by ${decision.by}` : '';
  const verdict = verification?.verdict ? ` Verdict: ${verification.verdict.replace('_', ' ')}.` : '';
  const undo = rollbackOf === '' ? '' : 'undoing: ';
  return `- ${time(dispatchedAt ?? operation.proposedAt)} ${undo}${text(what)}: ${status.replaceAll('_', ' ')}${took}${text(by)}. ${text(reason)}${verdict}`;
}

function findingSections(findings: Findings | null): string[] {
  if (findings === null)
    return section('Releases, budgets, hindsight', [
      'Not computed: it is not long resolved, or was one of very many.',
    ]);
  const { releases, budgets, hindsight, missing } = findings;
  return [
    ...section(
      'Releases, from 30 minutes before',
      releases.length === 0
        ? ['None was seen.']
        : releases.map(({ service, version, at }) => `- ${time(at)} ${text(service)} ${text(version)}`),
    ),
    ...(budgets.length === 0 ? [] : section('Error budget', budgets.map(budgetLine))),
    ...section('Could it have been told earlier?', hindsightLines(hindsight)),
    ...(missing.length === 0
      ? []
      : section(
          'Could not be read',
          missing.map((sentence) => `- ${text(sentence)}`),
        )),
  ];
}

function hindsightLines({ others, proposal, missing }: Hindsight): string[] {
  if (missing !== '') return [`Not computed: ${text(missing)}`];
  const lines = others
    .slice(0, MOST_OTHERS)
    .map(
      ({ rule, isShadow, earlierMs }) =>
        `- \`${rule}\` fired ${seconds(earlierMs)} earlier${isShadow ? ', in shadow: it told nobody' : ''}`,
    );
  if (proposal === null)
    return [
      ...lines,
      '- By replay, neither a shorter `for` nor nearer thresholds would have told it earlier.',
    ];
  const { what, earlierMs, morePages, over, patch } = proposal;
  const pages =
    over === 0
      ? 'there was no time to count the pages it would have cost'
      : `${morePages < 0 ? '−' : '+'}${Math.abs(morePages)} page(s) in the ${formatDuration(over)} before that were replayed`;
  // A fence that is longer than any in the file.
  const fence = '~'.repeat(Math.max(3, ...(patch.match(/~+/g) ?? []).map(({ length }) => length + 1)));
  return [
    ...lines,
    `- With ${what} it would have told ${seconds(earlierMs)} earlier; ${pages}.`,
    '',
    `${fence}diff`,
    ...patch.trimEnd().split('\n'),
    fence,
  ];
}

function budgetLine({ slo, bad, share }: BudgetBurned): string {
  const used =
    share === null
      ? 'no share can be said'
      : `${(100 * share).toFixed(share < 0.1 ? 2 : 0)} % of the window’s budget`;
  return `- ${text(slo)}: ${bad} bad event(s), ${used}`;
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

const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1_000))} s`;

function since(from: number, at: number | null): string {
  return at === null || at === from ? '' : ` (${Math.round((at - from) / 1_000)} s after it began)`;
}

/** Telemetry in Markdown: one line, and nothing in it is markup. */
function text(value: string): string {
  return value.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&');
}
