/** Line two: what is done now and who has it, and what lies ahead. */
import type { IncidentSummary } from '../../../../model/incident.ts';
import { FINAL_STATUS, type Operation } from '../../../../model/operation.ts';
import { age, duration } from '../../format.ts';
import { ownerOf } from '../incidents.ts';
import { orderWords, outcomeWords } from '../operations.ts';
import { rulePath } from '../routes.ts';
import { runsOut } from './well.ts';
import type { Facts, Headline, Piece } from './words.ts';

/** "Now: checkout 2 → 4 by checkout-slow: done, verifying, 3 min left. #412, 9 min, acknowledged. " */
export function nowWords({ operations = [], incidents = [], now }: Facts): Piece[] {
  const live = operations.find(({ status }) => !FINAL_STATUS.has(status));
  const incident = incidents.find(({ number }) => number === live?.incident) ?? incidents[0];
  if (!live && !incident) return [];
  return ['Now: ', ...(live ? actionWords(live, now) : []), ...(incident ? ownerWords(incident, now) : [])];
}

function actionWords(operation: Operation, now: number): Piece[] {
  const { verification, status, approval, rule } = operation;
  const until =
    status === 'verifying'
      ? verification?.until
      : status === 'awaiting_approval'
        ? approval?.expiresAt
        : undefined;
  const left = until && until > now ? `, ${duration(Math.ceil((until - now) / 60_000) * 60_000)} left` : '';
  return [
    `${orderWords(operation)} by `,
    { text: rule, path: rulePath(rule) },
    `: ${outcomeWords(operation)}${left}. `,
  ];
}

function ownerWords(incident: IncidentSummary, now: number): Piece[] {
  const { number, openedAt } = incident;
  return [
    { text: `#${number}`, path: `/incidents/${number}` },
    `, ${age(openedAt, now)}, ${ownerOf(incident)}. `,
  ];
}

/** "Ahead: Checkout's budget is spent in 6 days (4–11)." Not again what the headline says. */
export function aheadWords(facts: Facts, kind: Headline['kind']): Piece[] {
  const coming = runsOut(facts).filter(({ spent }) => !spent);
  const first = kind === 'runs-out' && !runsOut(facts)[0]?.spent ? coming[1] : coming[0];
  return first ? ['Ahead: ', ...first.words, '.'] : [];
}
