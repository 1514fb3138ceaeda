/** How transitions of instances open, feed, resolve and reopen incidents. */
import type { TickOutcome, Transition } from '../../model/evaluation.ts';
import type { Alert, Incident } from '../../model/incident.ts';
import type { ClosingAction, Rule } from '../../model/rule.ts';
import type { Labels } from '../../model/signal.ts';
import { formatLabels } from './addresses.ts';
import { LOOPWATCH } from './book.ts';
import type { Change, Draft } from './draft.ts';

/** Names in a sentence of the timeline; a herd would fill it. */
const MOST_NAMED = 3;
const MOST_TEXT = 1_000;

/** Puts one transition into the incident it belongs to; what has to be said of it together is said by `settle`. */
export function foldTransition(draft: Draft, transition: Transition, rule: Rule | undefined): void {
  if (rule?.mode === 'shadow') return;
  const labels: Labels = { ...transition.labels, ...rule?.labels, alertname: transition.rule };
  const current = incidentOf(draft, transition, rule, labels);
  if (transition.from === transition.to) {
    if (current && current.status !== 'resolved') becomeSteady(draft.edit(current), transition);
  } else if (transition.to === 'firing') {
    if (rule) begin(draft, current, transition, rule, labels);
  } else if (transition.from === 'firing' && current && current.status !== 'resolved') {
    end(draft.edit(current), transition);
  }
}

/** The rule and the values of its `group_by` labels. */
export const keyOf = (rule: string, group: Labels): string => `${rule}${formatLabels(group)}`;

const groupOf = (rule: Rule | undefined, labels: Labels): Labels =>
  Object.fromEntries(
    (rule?.then ?? [])
      .flatMap((action) => (action.kind === 'incident' ? action.groupBy : []))
      .flatMap((name) => (name in labels ? [[name, labels[name]!] as const] : [])),
  );

/** By its key; after an edit of `group_by`, or when the rule is gone, by the alert that ends. */
function incidentOf(
  draft: Draft,
  { rule: name, fingerprint, to }: Transition,
  rule: Rule | undefined,
  labels: Labels,
): Incident | undefined {
  const byKey = draft.get(keyOf(name, groupOf(rule, labels)));
  if (to === 'firing' || (byKey && fingerprint in byKey.alerts)) return byKey;
  for (const incident of draft.incidents())
    if (incident.rule === name && incident.alerts[fingerprint]?.until === null) return incident;
  return undefined;
}

function begin(
  draft: Draft,
  current: Incident | undefined,
  transition: Transition,
  rule: Rule,
  labels: Labels,
): void {
  const alert = alertOf(transition, labels);
  const lives = current && (current.status !== 'resolved' || current.reopenUntil >= transition.at);
  const change = lives ? draft.edit(current) : open(draft, transition, rule, labels);
  const { incident } = change;
  const wasQuiet = change.firing === 0;
  if (incident.alerts[alert.instance]?.until !== null) change.firing += 1;
  incident.alerts[alert.instance] = alert;
  if (!lives) return;
  if (incident.status === 'resolved') reopen(draft, change);
  else if (wasQuiet && !incident.flapping && change.tell === '') change.tell = 'reopened';
  change.joined.push(alert);
}

function open(draft: Draft, transition: Transition, rule: Rule, labels: Labels): Change {
  const group = groupOf(rule, labels);
  const change = draft.open({
    key: keyOf(rule.name, group),
    rule: rule.name,
    owner: rule.owner,
    runbook: rule.runbook,
    title: (transition.summary || rule.name).slice(0, MOST_TEXT),
    severity: labels.severity ?? '',
    labels,
    group,
    status: 'triggered',
    openedAt: transition.at,
    acknowledged: null,
    resolved: null,
    reopenUntil: 0,
    reopened: 0,
    flapping: false,
    revision: 1,
    alerts: {},
    recipients: {},
  });
  change.tell = 'triggered';
  draft.opened.push({ number: change.incident.number, group, transition });
  return change;
}

function reopen(draft: Draft, change: Change): void {
  const { incident } = change;
  incident.status = 'triggered';
  incident.acknowledged = null;
  incident.resolved = null;
  incident.reopened += 1;
  incident.recipients = {};
  change.tell = 'reopened';
  draft.say(incident, 'reopened', 'It fires again.');
}

function end(change: Change, transition: Transition): void {
  const alert = change.incident.alerts[transition.fingerprint];
  if (!alert || alert.until !== null) return;
  const ended = { ...alert, until: transition.at, flapping: transition.flapping };
  change.incident.alerts[alert.instance] = ended;
  change.firing -= 1;
  change.left.push({ alert: ended, reason: transition.reason });
}

function becomeSteady(change: Change, { fingerprint }: Transition): void {
  const alert = change.incident.alerts[fingerprint];
  if (alert) change.incident.alerts[fingerprint] = { ...alert, flapping: false };
}

function alertOf(
  { fingerprint, at, flapping, summary, description, samples }: Transition,
  labels: Labels,
): Alert {
  return {
    instance: fingerprint,
    labels,
    since: at,
    until: null,
    flapping,
    summary: summary.slice(0, MOST_TEXT),
    description: description.slice(0, 4 * MOST_TEXT),
    samples,
  };
}

/** Instances that are gone without a transition: nothing can fire that does not exist. */
export function forget(draft: Draft, removed: TickOutcome['removed'], t: number): void {
  const gone = new Set(removed.map(({ rule, fingerprint }) => `${rule}/${fingerprint}`));
  for (const incident of [...draft.incidents()]) {
    if (incident.status === 'resolved') continue;
    for (const alert of Object.values(incident.alerts))
      if (alert.until === null && gone.has(`${incident.rule}/${alert.instance}`)) {
        const change = draft.edit(incident);
        const ended = { ...alert, until: t, flapping: false };
        change.incident.alerts[alert.instance] = ended;
        change.firing -= 1;
        change.left.push({ alert: ended, reason: 'deleted' });
      }
  }
}

/** Once all transitions of the tick are in: says what happened to each incident, and resolves those that are quiet. */
export function settle(draft: Draft, rules: ReadonlyMap<string, Rule>, t: number): void {
  for (const change of [...draft.changes()]) {
    const rule = rules.get(change.incident.rule);
    settleFlapping(draft, change);
    sayWhatHappened(draft, change);
    const { incident, left } = change;
    if (incident.status === 'resolved' || incident.flapping || change.firing > 0) continue;
    const reason = left.at(-1)?.reason ?? 'flapping';
    if (closingOf(rule).resolve === 'manual') {
      if (left.length === 0) continue;
      change.tell = 'recovered';
      draft.say(incident, 'recovered', 'Nothing fires any more; the rule leaves it to people to resolve it.');
    } else {
      resolve(draft, change, { at: t, by: LOOPWATCH, reason: REASONS[reason] }, closingOf(rule).after);
    }
  }
}

/** Ends an incident. @param after ms within which a new alert opens it again */
export function resolve(
  draft: Draft,
  change: Change,
  resolved: NonNullable<Incident['resolved']>,
  after: number,
): void {
  const { incident } = change;
  incident.status = 'resolved';
  incident.resolved = resolved;
  incident.reopenUntil = after === 0 ? 0 : resolved.at + after;
  incident.flapping = false;
  change.tell = 'resolved';
  draft.say(incident, 'resolved', resolved.reason, resolved.by);
}

const REASONS: Readonly<Record<Transition['reason'], string>> = {
  condition: 'The condition no longer holds.',
  no_data: 'There is no data any more, and the rule takes that for good.',
  error: 'The signals cannot be read, and the rule takes that for good.',
  deleted: 'The rule, or the series it looked at, is gone.',
  flapping: 'It has stopped flapping and does not fire.',
};

/** While it flaps, it is told once and its timeline is left alone. */
function settleFlapping(draft: Draft, change: Change): void {
  const { incident } = change;
  const flaps = Object.values(incident.alerts).some(({ flapping }) => flapping);
  if (flaps === incident.flapping || incident.status === 'resolved') return;
  incident.flapping = flaps;
  if (flaps) {
    if (change.tell === '') change.tell = 'flapping';
    draft.say(incident, 'flapping', 'It flaps: nothing more is told until it is steady.');
  } else {
    if (change.firing > 0) change.tell = 'updated';
    draft.say(incident, 'steady', 'It has stopped flapping.');
  }
}

function sayWhatHappened(draft: Draft, change: Change): void {
  const { incident, joined, left } = change;
  if (change.tell === 'triggered') {
    const alerts = Object.values(incident.alerts);
    incident.labels = sharedLabels(alerts);
    draft.say(incident, 'triggered', `${incident.title}${alerts.length > 1 ? ` (${names(alerts)})` : ''}`);
  }
  if (incident.flapping) return;
  if (joined.length > 0) {
    draft.say(incident, 'joined', `Fires: ${names(joined)}`);
    if (change.tell === '') markDirty(change);
  }
  if (left.length > 0) draft.say(incident, 'left', `Ended: ${names(left.map(({ alert }) => alert))}`);
}

function markDirty({ incident }: Change): void {
  for (const [name, recipient] of Object.entries(incident.recipients))
    incident.recipients[name] = { ...recipient, dirty: true };
}

function names(alerts: readonly Alert[]): string {
  const shown = alerts.slice(0, MOST_NAMED).map(({ labels }) => formatLabels(withoutName(labels)));
  const more = alerts.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`.slice(0, MOST_TEXT);
}

function withoutName({ alertname: _, ...labels }: Labels): Labels {
  return labels;
}

function sharedLabels(alerts: readonly Alert[]): Labels {
  const [first, ...others] = alerts;
  return Object.fromEntries(
    Object.entries(first!.labels).filter(([name, value]) =>
      others.every(({ labels }) => labels[name] === value),
    ),
  );
}

function closingOf(
  rule: Rule | undefined,
): Pick<Extract<ClosingAction, { kind: 'incident' }>, 'resolve' | 'after'> {
  return (rule?.else ?? []).find((action) => action.kind === 'incident') ?? { resolve: 'auto', after: 0 };
}
