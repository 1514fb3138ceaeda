/** What is read of the store when an incident is resolved: releases, budgets of SLOs, and who would have told earlier. */
import { messageOf } from '../base/errors.ts';
import type { BudgetBurned, Hindsight } from '../model/findings.ts';
import type { Incident } from '../model/incident.ts';
import { errorBudget, type Rule, type RuleSet, type Slo } from '../model/rule.ts';
import type { SeriesSpec, SignalSource, SignalSpec } from '../model/signal.ts';
import type { CollectFindings } from '../rules/incidents/findings.ts';
import { readRuleFile } from '../rules/language/folder.ts';
import { hindsightOf } from '../rules/run/hindsight.ts';
import type { Engine } from '../store/engine.ts';
import { releasesBetween } from '../store/queries/releases.ts';

const RELEASES_BEFORE_MS = 30 * 60_000;
/** Windows are multiples of this (docs/rules.md). */
const GRID_MS = 5_000;
/** Of a calendar window: a month's length at most. */
const CALENDAR_MS = { week: 7, month: 30, quarter: 91 } as const;
const DAY_MS = 86_400_000;

/** Reads it; what cannot be read is said in `missing`, and nothing is thrown. @param folder of the rules */
export function readFindings(
  engine: Engine,
  source: SignalSource,
  set: () => RuleSet,
  folder: string,
): CollectFindings {
  return async (incident, rule, isStopped) => {
    const missing: string[] = [];
    const orMissing = async <T>(what: string, read: Promise<T[]>): Promise<T[]> =>
      read.catch((thrown) => {
        missing.push(`${what}: ${messageOf(thrown)}`);
        return [];
      });
    const to = incident.resolved?.at ?? incident.openedAt;
    const [releases, budgets] = await Promise.all([
      orMissing('Releases', releasesBetween(engine, incident.openedAt - RELEASES_BEFORE_MS, to)),
      orMissing('Error budgets', budgetsOf(slosOf(rule, set().slos), source, incident.openedAt, to)),
    ]);
    const hindsight =
      missing.length > 0
        ? { ...NO_HINDSIGHT, missing: 'the store could not be read' }
        : await hindsightFor(incident, rule, { set: set(), source, folder, isStopped });
    return { releases, budgets, hindsight, missing };
  };
}

const NO_HINDSIGHT: Hindsight = { others: [], proposal: null, missing: '' };

interface Around {
  set: RuleSet;
  source: SignalSource;
  folder: string;
  isStopped: () => boolean;
}

async function hindsightFor(
  incident: Incident,
  rule: Rule | undefined,
  { folder, ...around }: Around,
): Promise<Hindsight> {
  if (rule === undefined) return { ...NO_HINDSIGHT, missing: 'the rule is gone' };
  try {
    return await hindsightOf(incident, rule, {
      ...around,
      textOf: ({ file }) => readRuleFile(folder, file),
      monotonic: () => performance.now(),
    });
  } catch (thrown) {
    return { ...NO_HINDSIGHT, missing: messageOf(thrown).slice(0, 300) };
  }
}

function slosOf(rule: Rule | undefined, slos: readonly Slo[]): Slo[] {
  const named = new Set(
    Object.values(rule?.signals ?? {}).flatMap((spec) => (spec.kind === 'slo_burn' ? [spec.slo] : [])),
  );
  return slos.filter(({ name }) => named.has(name));
}

/** Share of the window's budget that bad events of (from, to] used: bad / ((1 − objective) · valid in the window). */
async function budgetsOf(
  slos: readonly Slo[],
  source: SignalSource,
  from: number,
  to: number,
): Promise<BudgetBurned[]> {
  if (slos.length === 0) return [];
  const t = Math.ceil(to / GRID_MS) * GRID_MS;
  const length = Math.max(GRID_MS, t - Math.floor(from / GRID_MS) * GRID_MS);
  const signals = new Map<string, SignalSpec>();
  for (const slo of slos) {
    signals.set(`${slo.name}/bad`, over(slo.bad, length));
    signals.set(`${slo.name}/total`, over(slo.total, windowOf(slo)));
  }
  const readings = await source.read(signals, t);
  const sum = (name: string): number => {
    const reading = readings.get(name);
    if (!reading?.ok) throw new Error(`${name} cannot be read${reading ? `: ${reading.error}` : ''}`);
    return reading.samples.reduce((total, { value }) => total + (value ?? 0), 0);
  };
  return slos.map((slo) => {
    const bad = sum(`${slo.name}/bad`);
    const budget = errorBudget(slo.objective) * sum(`${slo.name}/total`);
    return { slo: slo.name, bad, share: budget > 0 ? bad / budget : null };
  });
}

const over = (spec: SeriesSpec, window: number): SeriesSpec => ({ ...spec, window, by: [] });

const windowOf = ({ window }: Slo): number =>
  'rolling' in window ? window.rolling : CALENDAR_MS[window.calendar] * DAY_MS;
