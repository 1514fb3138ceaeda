/** Who is to be told what at this moment: of what changed, and of what has become due by time. */
import type { Incident, NoticeKind, Recipient } from '../../model/incident.ts';
import type { RuleSet } from '../../model/rule.ts';
import { type Address, addressesOf, addressFor, receiversByName } from './addresses.ts';
import { type Draft, firingOf, indexOf, isFiring, type Working } from './draft.ts';
import { Suppressions } from './suppression.ts';

const UNTOLD: Recipient = { first: null, last: null, repeats: 0, held: '', dirty: false, step: 0 };

/** Turns what happened, and the time that has passed, into notices. */
export function tellAll(draft: Draft, set: RuleSet): void {
  const suppressions = new Suppressions(set, () => draft.incidents(), draft.now);
  const teller: Teller = { draft, set, suppressions };
  for (const incident of [...draft.incidents()]) {
    const kind = draft.changeOf(incident.key)?.tell ?? '';
    if (kind !== '') tellChange(teller, incident, kind);
    if (incident.status !== 'resolved') tellDue(teller, incident);
  }
}

/** Tells everybody who was told before. For what people do, outside of a tick. */
export function tellAgain(draft: Draft, set: RuleSet, incident: Incident, kind: NoticeKind): void {
  const suppressions = new Suppressions(set, () => draft.incidents(), draft.now);
  tellChange({ draft, set, suppressions }, incident, kind);
}

interface Teller {
  draft: Draft;
  set: RuleSet;
  suppressions: Suppressions;
}

function tellChange(teller: Teller, incident: Incident, kind: NoticeKind): void {
  const { draft, set } = teller;
  if (kind === 'triggered' || kind === 'reopened') {
    const rule = indexOf(set.rules).byName.get(incident.rule);
    const { incident: working } = draft.edit(incident);
    for (const address of addressesOf(set, rule, incident)) {
      working.recipients[address.receiver] ??= UNTOLD;
      tellUnlessHeld(teller, working, address, kind);
    }
  } else if (kind === 'resolved' || kind === 'recovered') {
    tellEnd(teller, incident, kind);
  } else {
    const { incident: working } = draft.edit(incident);
    for (const [name, recipient] of Object.entries(working.recipients)) {
      if (recipient.first === null || (kind === 'acknowledged' && !hearsOfPeople(set, name))) continue;
      tellUnlessHeld(teller, working, addressFor(set, incident, name), kind);
    }
  }
}

/** Alertmanager's payload has no word for what people do. */
const hearsOfPeople = (set: RuleSet, name: string): boolean =>
  receiversByName(set.receivers).get(name)?.payload !== 'alertmanager';

/** The end is told to all who heard of the beginning, and to those that `else` names. No silence holds it back. */
function tellEnd({ draft, set }: Teller, incident: Incident, kind: 'resolved' | 'recovered'): void {
  const { incident: working } = draft.edit(incident);
  const rule = indexOf(set.rules).byName.get(incident.rule);
  const recipients = Object.entries(working.recipients);
  const told = recipients.flatMap(([name, { first }]) => (first === null ? [] : [name]));
  // Where all were held back when it began, nobody is told of its end.
  const isSecret = told.length === 0 && recipients.length > 0;
  const named = (rule?.else ?? []).flatMap((one) => (one.kind === 'notify' ? one.receiver : []));
  for (const name of new Set([...told, ...named])) {
    const address = addressFor(set, incident, name);
    if (address.sendResolved && (told.includes(name) || (!isSecret && !(name in working.recipients))))
      send(draft, working, address, kind, true);
  }
}

function tellUnlessHeld(teller: Teller, working: Working, address: Address, kind: NoticeKind): boolean {
  const { draft, suppressions } = teller;
  const recipient = working.recipients[address.receiver] ?? UNTOLD;
  const { alerts, held } = suppressions.of(working, address.muteTimes);
  if (held === '') {
    send(draft, working, address, kind, alerts.length < firingOf(working).length ? alerts : true);
    return true;
  }
  if (recipient.first === null && recipient.held !== held) {
    working.recipients[address.receiver] = { ...recipient, held };
    draft.say(working, 'held', `Not told now: ${held}`, address.receiver);
  }
  return false;
}

/** What comes with time: the end of a silence, escalation, repeats, alerts that have joined. */
function tellDue(teller: Teller, incident: Incident): void {
  for (const [name, recipient] of Object.entries(incident.recipients)) {
    if (teller.draft.isTold(incident, name)) continue;
    if (recipient.first === null) release(teller, incident, name, recipient);
    else {
      escalate(teller, incident, name, recipient);
      if (!incident.flapping) refresh(teller, incident, name, recipient);
    }
  }
}

function release(teller: Teller, incident: Incident, name: string, { held, step }: Recipient): void {
  if (held === '' || !isFiring(incident)) return;
  const address = addressFor(teller.set, incident, name);
  const now = teller.suppressions.of(incident, address.muteTimes).held;
  if (now === held) return;
  const { incident: working } = teller.draft.edit(incident);
  tellUnlessHeld(teller, working, address, step > 0 ? 'escalated' : 'triggered');
}

function escalate(teller: Teller, incident: Incident, name: string, { first, step }: Recipient): void {
  if (incident.acknowledged !== null || !isFiring(incident)) return;
  const { draft, set } = teller;
  const { escalate: to } = addressFor(set, incident, name);
  if (to === null || draft.now < first! + to.after || to.receiver in incident.recipients) return;
  const { incident: working } = draft.edit(incident);
  working.status = 'escalated';
  working.recipients[to.receiver] = { ...UNTOLD, step: step + 1 };
  draft.say(working, 'escalated', `Nobody acknowledged it in time after ${name} was told.`, to.receiver);
  tellUnlessHeld(teller, working, addressFor(set, incident, to.receiver), 'escalated');
}

/** Repeats stop with an acknowledgement; what has joined is told at most once in a group interval. */
function refresh(teller: Teller, incident: Incident, name: string, recipient: Recipient): void {
  const { draft, set } = teller;
  if (!isFiring(incident)) return;
  const address = addressFor(set, incident, name);
  if (recipient.dirty && draft.now >= recipient.last! + address.groupInterval) {
    const { incident: working } = draft.edit(incident);
    if (!tellUnlessHeld(teller, working, address, 'updated')) return;
  } else if (address.repeat > 0 && incident.acknowledged === null) {
    const due = Math.floor((draft.now - recipient.first!) / address.repeat);
    if (due <= recipient.repeats) return;
    const { incident: working } = draft.edit(incident);
    working.recipients[name] = { ...recipient, repeats: due };
    tellUnlessHeld(teller, working, address, 'repeated');
  }
}

/** @param alerts those that fire and may be told of; true for all */
function send(
  draft: Draft,
  working: Working,
  { receiver, group, groupLabels, groupWait, groupInterval }: Address,
  kind: NoticeKind,
  alerts: readonly { instance: string }[] | true,
): void {
  const before = working.recipients[receiver] ?? UNTOLD;
  working.recipients[receiver] = {
    ...before,
    first: before.first ?? draft.now,
    last: draft.now,
    held: '',
    dirty: false,
  };
  draft.tell({
    receiver,
    kind,
    status: kind === 'resolved' || kind === 'recovered' ? 'resolved' : 'firing',
    at: draft.now,
    group,
    groupLabels,
    groupWait,
    groupInterval,
    incident: alerts === true ? working : without(working, alerts),
  });
  draft.say(working, 'notified', SENTENCES[kind], receiver);
}

function without(incident: Incident, told: readonly { instance: string }[]): Incident {
  const names = new Set(told.map(({ instance }) => instance));
  const alerts = Object.entries(incident.alerts).filter(
    ([name, { until }]) => until !== null || names.has(name),
  );
  return { ...incident, alerts: Object.fromEntries(alerts) };
}

const SENTENCES: Readonly<Record<NoticeKind, string>> = {
  triggered: 'To be told that it fires.',
  updated: 'To be told what fires now.',
  repeated: 'To be reminded that it fires.',
  acknowledged: 'To be told that it is acknowledged.',
  escalated: 'To be told because somebody has to take over.',
  flapping: 'To be told that it flaps.',
  recovered: 'To be told that nothing fires any more.',
  resolved: 'To be told that it is resolved.',
  reopened: 'To be told that it fires again.',
};
