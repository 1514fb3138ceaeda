/** The headline when nobody is hurt: what is unseen, what was cured, what runs out, and that all is well. */
import { ENOUGH_DAYS } from '../../../../model/capacity.ts';
import type { Operation } from '../../../../model/operation.ts';
import type { TransactionSummary } from '../../../../model/transaction.ts';
import { age, plural } from '../../format.ts';
import { label } from '../../text.ts';
import { moment } from '../../time.ts';
import { resourceName } from '../capacity.ts';
import { orderWords } from '../operations.ts';
import { servicePath, transactionPath } from '../routes.ts';
import { keptText, objectiveText, spentInText } from '../transactions.ts';
import { slowestJourney } from './experience.ts';
import { type Facts, fitted, type Headline, noun, type Piece } from './words.ts';

const LATELY_MS = 60 * 60_000;

/** A promise nobody can see is not kept. */
export function unseenHeadline({ transactions, now }: Facts): Headline | null {
  const unseen = transactions?.transactions.find(({ state }) => state === 'blind');
  if (!unseen) return null;
  return {
    state: 'blind',
    kind: 'unseen',
    sentence: fitted(
      ['We cannot say whether ', promise(unseen), ' is kept: nothing of it was seen'],
      [` for ${age(unseen.lastSeen, now)}`],
    ),
    second: [],
  };
}

/** The newest cure of the last hour that was verified. Only a roll-back that was verified tells a cause. */
export function curedHeadline({ operations = [], releases = [], now }: Facts): Headline | null {
  const cure = operations.find(
    ({ status, verification, rollbackOf }) =>
      status === 'verified' && rollbackOf === '' && now - (verification?.at ?? 0) < LATELY_MS,
  );
  if (!cure) return null;
  const [from, to] = [cure.began, cure.verification!.at!].map((at) => moment(at, now));
  const when = from === to ? `at ${to}` : `${from}–${to}`;
  const target = noun(cure.target, servicePath(cure.target));
  const released = isRollback(cure)
    ? releases.find(({ service, undone, at }) => service === cure.target && undone && at <= cure.began)
    : undefined;
  return {
    state: 'ok',
    kind: 'cured',
    sentence: released
      ? fitted([
          noun(`${cure.target} ${released.version}`, servicePath(cure.target)),
          ` caused it, ${when}: it ended with the roll-back (verified)`,
        ])
      : fitted([
          target,
          ` is healthy again: ${label(cure.rule, 30)} ${when}, ${orderWords(cure)} cured it (verified)`,
        ]),
    second: [],
  };
}

function isRollback({ order }: Operation): boolean {
  return order.kind === 'remediate' && /^roll[-_ ]?back$/i.test(order.action);
}

/** What runs out within four weeks, the soonest first; null when nothing is known to. */
export function runsOut({
  transactions,
  capacity,
}: Facts): { words: Piece[]; days: number; spent: boolean }[] {
  const budgets = (transactions?.transactions ?? []).flatMap((each) => {
    const { spentIn, kept, objective } = each;
    if (spentIn.kind === 'spent')
      return [
        {
          words: [
            promise(each),
            ` has spent its budget: ${keptText(kept)} kept against ${objectiveText(objective)}`,
          ],
          days: 0,
          spent: true,
        },
      ];
    if (spentIn.kind !== 'in' || (spentIn.days ?? ENOUGH_DAYS) >= ENOUGH_DAYS) return [];
    return [
      {
        words: [
          promise(each),
          `'s budget is spent in ${spentInText(spentIn).replace(/^(\S+(?: \d+)?) d\b/, '$1 days')}`,
        ],
        days: spentIn.days!,
        spent: false,
      },
    ];
  });
  const resources = (capacity?.resources ?? []).flatMap(({ full, owner, ...resource }) =>
    full?.known && full.days < ENOUGH_DAYS
      ? [
          {
            words: [
              { text: `${resourceName(resource)} of ${label(owner, 30)}`, path: '/capacity' },
              ` is full in ${Math.max(1, Math.round(full.days))} days`,
            ],
            days: full.days,
            spent: false,
          },
        ]
      : [],
  );
  return [...budgets, ...resources].toSorted((a, b) => a.days - b.days);
}

export function runsOutHeadline(facts: Facts): Headline | null {
  const [first] = runsOut(facts);
  if (!first) return null;
  return {
    state: first.spent ? 'bad' : 'watch',
    kind: 'runs-out',
    sentence: first.spent
      ? fitted(first.words)
      : fitted(['All is well now, but ', ...first.words], [" at this week's rate"]),
    second: [],
  };
}

/** Null without anything that was promised and seen. */
export function wellHeadline({ transactions, probes }: Facts): Headline | null {
  const seen = (transactions?.transactions ?? []).filter(({ state }) => state !== 'new');
  const unknown = (transactions?.transactions.length ?? 0) - seen.length;
  const targets = (probes?.probes ?? []).filter(
    ({ scheduled, threshold }) => scheduled && threshold !== null,
  );
  if (seen.length + targets.length === 0) return null;
  const slowest = slowestJourney(probes);
  const kept =
    seen.length > 0
      ? `${all(seen.length, unknown, 'transaction')} their promise`
      : `${all(targets.length, 0, 'probe')} their promise`;
  return {
    state: 'ok',
    kind: 'well',
    sentence: fitted(
      [kept],
      slowest ? ['; the slowest journey, ', slowest.name, `, takes ${slowest.wait}`] : [],
    ),
    second: unknown > 0 ? [`Of ${plural(unknown, 'transaction')} nothing was seen yet. `] : [],
  };
}

function all(number: number, unknown: number, what: string): string {
  if (number === 1 && unknown === 0) return `The one ${what} keeps`;
  return unknown === 0 ? `All ${number} ${what}s keep` : `${number} of ${number + unknown} ${what}s keep`;
}

const promise = ({ name }: TransactionSummary): Piece => noun(name, transactionPath(name));
