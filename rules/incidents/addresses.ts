/** Who is to be told of an incident, and how: the receivers its rule names, else those the routing tree finds. */
import type { Incident } from '../../model/incident.ts';
import type { Escalation, Receiver, Route, Rule, RuleSet } from '../../model/rule.ts';
import type { Labels } from '../../model/signal.ts';
import { matches } from './matchers.ts';

export interface Address {
  receiver: string;
  group: string;
  groupLabels: Labels;
  groupWait: number;
  groupInterval: number;
  muteTimes: readonly string[];
  escalate: Escalation | null;
  repeat: number;
  sendResolved: boolean;
}

/** Without a route: as Alertmanager's default for `group_interval`. */
const GROUP_INTERVAL_MS = 5 * 60_000;

/**
 * The receivers that `notify` names go before routes; a route that matches and has such a receiver lends it its
 * grouping, mute times and escalation. Each receiver comes once.
 */
export function addressesOf(set: RuleSet, rule: Rule | undefined, incident: Incident): Address[] {
  const routed = set.route === null ? [] : routesFor(set.route, labelsOf(incident), 'route');
  const named = [
    ...new Set((rule?.then ?? []).flatMap((one) => (one.kind === 'notify' ? one.receiver : []))),
  ];
  if (named.length > 0) return named.map((name) => addressOf(set, incident, name, routed));
  const names = [...new Set(routed.map(({ route }) => route.receiver))].filter((name) => name !== '');
  return names.map((name) => addressOf(set, incident, name, routed));
}

/** How one receiver is told of an incident, whoever named it. */
export function addressFor(set: RuleSet, incident: Incident, receiver: string): Address {
  const routed = set.route === null ? [] : routesFor(set.route, labelsOf(incident), 'route');
  return addressOf(set, incident, receiver, routed);
}

/** Labels that routes see: those that all alerts share, and the rule's name. */
const labelsOf = (incident: Incident): Labels => ({ alertname: incident.rule, ...incident.labels });

interface Routed {
  route: Route;
  path: string;
}

function routesFor(route: Route, labels: Labels, path: string): Routed[] {
  if (!matches(labels, route.match)) return [];
  const found: Routed[] = [];
  for (const [i, child] of route.routes.entries()) {
    const below = routesFor(child, labels, `${path}.${i}`);
    found.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [{ route, path }];
}

function addressOf(set: RuleSet, incident: Incident, name: string, routed: readonly Routed[]): Address {
  const receiver = receiversByName(set.receivers).get(name);
  const via = routed.find(({ route }) => route.receiver === name);
  return {
    receiver: name,
    ...groupOf(incident, via),
    groupWait: via?.route.groupWait ?? 0,
    groupInterval: via?.route.groupInterval ?? GROUP_INTERVAL_MS,
    muteTimes: via?.route.muteTimes ?? [],
    escalate: via?.route.escalate ?? receiver?.escalate ?? null,
    repeat: receiver?.repeat ?? 0,
    sendResolved: receiver?.sendResolved ?? true,
  };
}

/** Without a route, or grouped by `...`, every incident travels alone. */
function groupOf(incident: Incident, via: Routed | undefined): Pick<Address, 'group' | 'groupLabels'> {
  if (!via || via.route.groupBy.includes('...'))
    return { group: incident.key, groupLabels: { alertname: incident.rule, ...incident.group } };
  const labels = labelsOf(incident);
  const groupLabels = Object.fromEntries(
    [...via.route.groupBy].sort().flatMap((name) => (name in labels ? [[name, labels[name]!]] : [])),
  );
  return { group: `${via.path}:${formatLabels(groupLabels)}`, groupLabels };
}

/** `{a="1",b="2"}`, sorted. */
export function formatLabels(labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `{${pairs.join(',')}}`;
}

const byName = new WeakMap<readonly Receiver[], ReadonlyMap<string, Receiver>>();

/** Receivers by name, made once for each rule set. */
export function receiversByName(receivers: readonly Receiver[]): ReadonlyMap<string, Receiver> {
  let map = byName.get(receivers);
  if (!map) {
    map = new Map(receivers.map((receiver) => [receiver.name, receiver]));
    byName.set(receivers, map);
  }
  return map;
}
