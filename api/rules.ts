import { Hono } from 'hono';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { InstanceState } from '../model/evaluation.ts';
import type { Rule } from '../model/rule.ts';
import type { RuleSummary, RulesView, RuleTransitions, RuleView } from '../model/rules-view.ts';
import type { Desk } from './desk.ts';
import { moment, timeRange } from './parameters.ts';

const MOST_INSTANCES = 500;
const MOST_OPEN = 200;
const MOST_TRANSITIONS = 200;
const PHASES = ['inactive', 'pending', 'firing'] as const;

/** Rules with the state of their instances, and what is wrong in their files. */
export function ruleRoutes(desk: Desk, clock: Clock) {
  return new Hono()
    .get('/rules', (c) => {
      const { rules, problems } = desk.set();
      const states = Map.groupBy(desk.states(), ({ rule }) => rule);
      const open = openByRule(desk);
      const summaries = rules.map((rule) => summaryOf(rule, states.get(rule.name) ?? [], open));
      return c.json({ rules: summaries, problems } satisfies RulesView);
    })
    .get('/rules/:name', (c) => {
      const { rule, problems } = find(desk, c.req.param('name'));
      const states = desk.states(rule.name);
      const instances = [...states].sort(gravestFirst).slice(0, MOST_INSTANCES);
      const summary = summaryOf(rule, states, openByRule(desk));
      return c.json({ rule, summary, instances, problems } satisfies RuleView);
    })
    .get('/rules/:name/transitions', async (c) => {
      const { rule } = find(desk, c.req.param('name'));
      const { from, to } = c.req.query();
      const range = timeRange(from ?? 'now-7d', to ?? 'now', clock.now());
      const found = await desk.transitions(rule.name, { ...range, limit: MOST_TRANSITIONS + 1 });
      const transitions = found.slice(0, MOST_TRANSITIONS);
      return c.json({
        transitions,
        more: found.length > transitions.length,
      } satisfies RuleTransitions);
    })
    .get('/rules/:name/explain', async (c) => {
      const { rule } = find(desk, c.req.param('name'));
      if (!desk.explain) throw new Problem('not_found', 'Nothing here can explain rules');
      const at = moment('at', c.req.query('at') ?? 'now', clock.now());
      return c.json((await desk.explain(rule.name, at)) as object);
    });
}

function find(desk: Desk, name: string): { rule: Rule; problems: RuleView['problems'] } {
  const { rules, problems } = desk.set();
  const rule = rules.find((one) => one.name === name);
  if (!rule) throw new Problem('not_found', `There is no rule ${name.slice(0, 100)}`);
  return { rule, problems: problems.filter(({ file }) => file === rule.file) };
}

function openByRule(desk: Desk): ReadonlyMap<string, number[]> {
  const { incidents } = desk.incidents.list({ status: 'open', limit: MOST_OPEN });
  const byRule = new Map<string, number[]>();
  for (const { rule, number } of incidents) byRule.set(rule, [...(byRule.get(rule) ?? []), number]);
  return byRule;
}

function summaryOf(
  { name, owner, mode, labels, file, line }: Rule,
  states: readonly InstanceState[],
  open: ReadonlyMap<string, number[]>,
): RuleSummary {
  const count = (of: (state: InstanceState) => boolean) => states.filter(of).length;
  const firing = count(({ phase }) => phase === 'firing');
  const pending = count(({ phase }) => phase === 'pending');
  return {
    name,
    owner,
    mode,
    labels,
    file,
    line,
    phase: firing > 0 ? 'firing' : pending > 0 ? 'pending' : 'inactive',
    firing,
    pending,
    instances: states.length,
    unknown: count(({ unknown }) => unknown !== null),
    flapping: count(({ flapping }) => flapping),
    lastTick: states.reduce<number | null>((last, { t }) => Math.max(last ?? 0, t), null),
    openIncidents: open.get(name) ?? [],
  };
}

const gravestFirst = (a: InstanceState, b: InstanceState): number =>
  PHASES.indexOf(b.phase) - PHASES.indexOf(a.phase) || b.since - a.since;
