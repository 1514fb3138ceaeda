/** Promises about transactions in words. Times in unix ms. */
import type { SloWindow } from '../../../model/rule.ts';
import type { Matcher } from '../../../model/signal.ts';
import type { Reason } from '../../../model/slo/sample.ts';
import type { SpentIn } from '../../../model/slo/spending.ts';
import type { SampleSize, TransactionSummary } from '../../../model/transaction.ts';
import { age, count, duration, MISSING, percent, plural } from '../format.ts';
import { label } from '../text.ts';
import { moment } from '../time.ts';

const DAY_MS = 86_400_000;
/** With less behind it a budget says little. */
const YOUNG_MS = 3 * DAY_MS;
/** From here on one bad event is worth saying. */
const DEAR = 0.01;
const PERIOD = { month: 'this month', quarter: 'this quarter', week: 'this week' } as const;

/** "99.9 %" of a decimal string, digit by digit. */
export function objectiveText(objective: string): string {
  const digits = objective.slice(objective.indexOf('.') + 1).padEnd(2, '0');
  const fraction = digits.slice(2).replace(/0+$/, '');
  return `${Number(digits.slice(0, 2))}${fraction === '' ? '' : `.${fraction}`} %`;
}

/** "28 d", "this month". */
export function windowText(window: SloWindow): string {
  return 'calendar' in window ? PERIOD[window.calendar] : duration(window.rolling);
}

/** "99 % without error, under 3 s, 28 d". */
export function promiseText({ objective, window, transaction }: TransactionSummary): string {
  const parts = [
    ...(transaction?.withoutError ? ['without error'] : []),
    ...(transaction?.fasterThan ? [`under ${duration(transaction.fasterThan)}`] : []),
  ];
  return `${objectiveText(objective)} ${parts.length === 0 ? 'good' : parts.join(', ')}, ${windowText(window)}`;
}

/** "> 99.99 %" where rounding would say that all were good; in percent to two digits below. */
export function keptText(kept: number | null): string {
  return kept === null ? MISSING : percent(kept);
}

/** Below 0 when more was spent than there was, in whole percent: "−250 %". */
export function leftText(left: number | null): string {
  if (left === null) return MISSING;
  return left >= 0 ? percent(left) : `−${count(Math.ceil(-left * 100))} %`;
}

/** "6 d (4–11)", "spent", "not at this rate". */
export function spentInText({ kind, days, range }: SpentIn): string {
  switch (kind) {
    case 'none':
      return MISSING;
    case 'spent':
      return 'spent';
    case 'young':
      return 'too early';
    case 'never':
      return range[0] === null ? 'not at this rate' : `not at this rate (${daysText(range[0])}–never)`;
    case 'in': {
      const [earliest, latest] = range.map(daysText);
      return earliest === latest ? `${daysText(days)} d` : `${daysText(days)} d (${earliest}–${latest})`;
    }
  }
}

function daysText(days: number | null): string {
  if (days === null) return 'never';
  return days < 1 ? '< 1' : count(Math.round(days));
}

/** Why the row has the state it has. */
export function stateWords(one: TransactionSummary, now: number): string {
  if (!one.isCounted)
    return 'counts metrics or logs, which pages cannot read by minute; rules read its burn rate';
  switch (one.state) {
    case 'new':
      return 'nothing that it matches was seen in its window';
    case 'blind':
      return `nothing was seen for ${age(one.lastSeen, now)}, and there was enough to expect some`;
    case 'bad':
      return `${count(one.bad)} of ${count(one.valid)} were bad, more than ${objectiveText(one.objective)} allows`;
    case 'watch':
      return `little of the budget is left: ${leftText(one.budgetLeft)}, spent in ${spentInText(one.spentIn)}`;
    case 'ok':
      return 'the promise is kept';
  }
}

/** What makes the numbers less than they look: each a sentence. */
export function caveats(one: TransactionSummary, now: number): string[] {
  const { firstSeen, costOfOne, days, daysWithEvents, excludedMs, isSampled } = one;
  const seen = firstSeen === null ? 0 : now - firstSeen;
  return [
    ...(firstSeen !== null && seen < YOUNG_MS && days > 3
      ? [
          `Known for ${duration(Math.max(60_000, Math.round(seen / 60_000) * 60_000))} only, of ${plural(days, 'day')}.`,
        ]
      : firstSeen !== null && daysWithEvents < days
        ? [`Seen on ${daysWithEvents} of ${plural(days, 'day')}.`]
        : []),
    ...(costOfOne !== null && costOfOne >= DEAR
      ? [`Few events: one bad takes ${costOfOne >= 1 ? 'all' : percent(costOfOne)} of the budget.`]
      : []),
    ...(isSampled ? ['Spans are sampled, so counts are estimates; head sampling may miss errors.'] : []),
    ...(excludedMs > 0 ? [`${duration(excludedMs)} of maintenance do not count.`] : []),
  ];
}

/** "≈", "better", "worse" and by how many points; what is less than a tenth of the budget is the same. */
export function againstLastWeek({ kept, keptBefore, objective }: TransactionSummary): {
  text: string;
  tone: '' | 'ok' | 'bad';
} {
  if (kept === null || keptBefore === null) return { text: MISSING, tone: '' };
  const change = kept - keptBefore;
  if (Math.abs(change) < (1 - Number(objective)) / 10) return { text: '≈', tone: '' };
  const points = Number((Math.abs(change) * 100).toPrecision(2));
  return change > 0
    ? { text: `better by ${points}`, tone: 'ok' }
    : { text: `worse by ${points}`, tone: 'bad' };
}

/** "€1,230" in the reader's form of numbers, without cents. */
export function moneyText(lost: TransactionSummary['lost']): string {
  if (lost === null) return MISSING;
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: lost.currency,
    maximumFractionDigits: 0,
  }).format(lost.amount);
}

/** "service.name is checkout and span.name is POST /orders". */
export function stepText(step: readonly Matcher[]): string {
  const words = { '=': 'is', '!=': 'is not', '=~': 'matches', '!~': 'does not match' } as const;
  return step
    .map(
      ({ key, op, values }) =>
        `${label(key, 60)} ${words[op]} ${values.map((one) => label(one, 80)).join(' or ')}`,
    )
    .join(' and ');
}

/** "60 of 1,240 between 14:05 and 15:05". */
export function sampleText({ traces, of, from, to }: SampleSize, now: number): string {
  if (from === null || to === null) return 'no traces';
  return `${count(traces)} of ${count(of)} between ${moment(from, now)} and ${moment(Math.min(to, now), now)}`;
}

/** "TimeoutError in payment 1.4.3", "HTTP 504 in payment", "slow: waited most for POST /orders in checkout 3.1.0". */
export function reasonText({ kind, service, version, what }: Reason): string {
  const where = label(version === '' ? service : `${service} ${version}`, 100);
  // The semantic conventions give HTTP's status as the error's type.
  const error = /^\d{3}$/.test(what) ? `HTTP ${what}` : label(what, 120);
  return `${kind === 'error' ? error : `slow: waited most for ${label(what, 120)}`} in ${where}`;
}
