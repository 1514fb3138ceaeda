/** Promises about transactions, from what was counted to what is shown. */
import { messageOf } from '../base/errors.ts';
import type { RuleSet, Slo } from '../model/rule.ts';
import type { TimeRange } from '../model/service.ts';
import { blame, type Suspect } from '../model/slo/blame.ts';
import { budgetLeft, burnDown, costOfOne, kept, spentAt, sumOf } from '../model/slo/budget.ts';
import { reasonsOf, tiersOf } from '../model/slo/sample.ts';
import { spentIn } from '../model/slo/spending.ts';
import { type PromiseState, stateOf } from '../model/slo/state.ts';
import { excludedWithin, windowAt } from '../model/slo/window.ts';
import type {
  Comparison,
  Slot,
  TransactionSummary,
  TransactionsView,
  TransactionView,
} from '../model/transaction.ts';
import type { Engine } from '../store/engine.ts';
import { releasesBetween } from '../store/queries/releases.ts';
import { drawTraces, readSamples } from '../store/queries/transaction-samples.ts';
import {
  type Asked,
  type Counted,
  readBadMinutes,
  readCounted,
  readSilent,
  readSlots,
} from '../store/queries/transactions.ts';
import { countedFrom, keyOf } from '../store/slo/matching.ts';
import type { Desk } from './desk.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** What goes wrong so soon after a release may be its doing. */
const AFTER_RELEASE_MS = 30 * 60_000;
const MOST_INCIDENTS = 200;
const WORST = 10;
const OBJECTIVES = ['0.9', '0.95', '0.99', '0.995', '0.999', '0.9995', '0.9999'];
const GRAVITY: readonly PromiseState[] = ['bad', 'blind', 'watch', 'ok', 'new'];

/** All promises, worst first: the broken, the unseen, then by the budget that is left. */
export async function listTransactions(engine: Engine, set: RuleSet, now: number): Promise<TransactionsView> {
  const asked = set.slos.map((slo) => askedAt(slo, set, now));
  const counted = await readCounted(engine, asked);
  const transactions = asked.map((one) => summaryOf(one, counted.get(keyOf(one.slo))!, now)).sort(worstFirst);
  return { at: now, transactions };
}

const worstFirst = (a: TransactionSummary, b: TransactionSummary): number =>
  GRAVITY.indexOf(a.state) - GRAVITY.indexOf(b.state) ||
  (a.budgetLeft ?? 1) - (b.budgetLeft ?? 1) ||
  (a.name < b.name ? -1 : 1);

/** One promise with what spent its budget and where its time goes. What cannot be read is said in `missing`. */
export async function viewTransaction(
  engine: Engine,
  desk: Pick<Desk, 'set' | 'incidents'>,
  slo: Slo,
  now: number,
): Promise<TransactionView> {
  const asked = askedAt(slo, desk.set(), now);
  const counted = (await readCounted(engine, [asked])).get(keyOf(slo))!;
  const transaction = summaryOf(asked, counted, now);
  const { first } = counted;
  const missing: string[] = [];
  const [{ slots, slotMs }, silent, badMinutes, samples] = await Promise.all([
    first === null ? { slots: [], slotMs: 60_000 } : readSlots(engine, asked, first),
    readSilent(engine, asked),
    readBadMinutes(engine, asked),
    readAllSamples(engine, asked).catch((thrown) => {
      missing.push(`Traces could not be read: ${messageOf(thrown).slice(0, 300)}`);
      return NO_SAMPLES;
    }),
  ]);
  const services = new Set([...samples.tiers, ...samples.reasons].map(({ service }) => service));
  const range = { from: asked.from, to: asked.to };
  const suspects = await suspectsOf(engine, desk, services, range, now);
  return {
    at: now,
    transaction,
    description: slo.description,
    file: slo.file,
    slots,
    slotMs,
    silent,
    spent: blame(badMinutes, suspects, range),
    ...samples,
    comparisons: comparisonsOf(slo.objective, slots),
    missing,
  };
}

function askedAt(slo: Slo, set: RuleSet, now: number): Asked {
  const { from, to } = windowAt(slo.window, now);
  const excluded = excludedWithin(slo.maintenance, set.muteTimes, { from: from - WEEK_MS, to });
  return { slo, from, to, excluded };
}

function summaryOf({ slo, from, to, excluded }: Asked, counted: Counted, now: number): TransactionSummary {
  const { objective } = slo;
  const total = sumOf(counted.days);
  const left = budgetLeft(objective, total);
  const { end } = windowAt(slo.window, now);
  const spent = spentIn({
    objective,
    days: counted.days,
    left: end === null ? null : (end - now) / DAY_MS,
  });
  return {
    name: slo.name,
    summary: slo.summary,
    owner: slo.owner,
    objective,
    window: slo.window,
    transaction: slo.transaction,
    from,
    to,
    state: stateOf({ valid: total.valid, first: counted.first, last: counted.last, now }, left, spent),
    isCounted: countedFrom(slo) !== 'none',
    ...total,
    kept: kept(total),
    keptBefore: kept(counted.before),
    budgetLeft: left,
    costOfOne: costOfOne(objective, total),
    spentIn: spent,
    burnDown: burnDown(objective, counted.spark),
    lost: slo.value && { ...slo.value, amount: slo.value.amount * total.bad },
    firstSeen: counted.first,
    lastSeen: counted.last,
    days: counted.days.length,
    daysWithEvents: counted.days.filter(({ valid }) => valid > 0).length,
    excludedMs: excluded.reduce((sum, one) => sum + Math.max(0, one.to - Math.max(one.from, from)), 0),
    isSampled: counted.isSampled,
  };
}

const NO_SIZE = { traces: 0, of: 0, from: null, to: null };
const NO_SAMPLES = { tiers: [], sample: NO_SIZE, reasons: [], badSample: NO_SIZE, worst: [] };

async function readAllSamples(
  engine: Engine,
  asked: Asked,
): Promise<Pick<TransactionView, keyof typeof NO_SAMPLES>> {
  if (countedFrom(asked.slo) === 'none') return NO_SAMPLES;
  const [valid, bad, worst] = await Promise.all([
    drawTraces(engine, asked, 'valid'),
    drawTraces(engine, asked, 'bad'),
    drawTraces(engine, asked, 'bad', { worst: true, size: WORST }),
  ]);
  const [samples, badSamples] = await Promise.all([
    readSamples(engine, valid.traces),
    readSamples(engine, bad.traces),
  ]);
  return {
    tiers: tiersOf(samples),
    sample: valid.size,
    reasons: reasonsOf(badSamples),
    badSample: bad.size,
    worst: worst.traces,
  };
}

/** Incidents and releases of the services that take part; an incident that names no service may concern any. */
async function suspectsOf(
  engine: Engine,
  { incidents }: Pick<Desk, 'incidents'>,
  services: ReadonlySet<string>,
  range: TimeRange,
  now: number,
): Promise<Suspect[]> {
  const takesPart = (service: string | undefined) => service === undefined || services.has(service);
  const opened = incidents
    .list({ limit: MOST_INCIDENTS })
    .incidents.filter(({ openedAt, resolvedAt }) => openedAt < range.to && (resolvedAt ?? now) >= range.from)
    .filter(({ labels }) => takesPart(labels['service.name'] ?? labels.service))
    .map(
      ({ number, openedAt, resolvedAt }): Suspect => ({
        kind: 'incident',
        name: String(number),
        from: openedAt,
        to: resolvedAt ?? range.to,
      }),
    );
  const releases = (await releasesBetween(engine, range.from, range.to))
    .filter(({ service }) => services.has(service))
    .map(
      ({ service, version, at }): Suspect => ({
        kind: 'release',
        name: `${service} ${version}`,
        from: at,
        to: at + AFTER_RELEASE_MS,
      }),
    );
  return [...opened, ...releases];
}

/** Well-known objectives beside the promised one. */
function comparisonsOf(promised: string, slots: readonly Slot[]): Comparison[] {
  const total = sumOf(slots);
  return [...new Set([promised, ...OBJECTIVES])]
    .sort((a, b) => Number(a) - Number(b))
    .map((objective) => {
      const at = spentAt(objective, slots);
      return {
        objective,
        budgetLeft: budgetLeft(objective, total),
        failedAt: at === -1 ? null : slots[at]!.at,
      };
    });
}
