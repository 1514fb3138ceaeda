import { Hono } from 'hono';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { TransactionsView, TransactionView } from '../model/transaction.ts';
import type { Engine } from '../store/engine.ts';
import type { Desk } from './desk.ts';
import { listTransactions, viewTransaction } from './transaction-views.ts';

/** Counts change twice a minute; a kiosk and ten tabs need no reading each. */
const LIST_FRESH_MS = 5_000;
const VIEW_FRESH_MS = 10_000;
const MOST_KEPT = 50;

/** `/transactions`, `/transactions/:name`: promises about what users do, over windows of their own. */
export function transactionRoutes(engine: Engine, desk: Desk, clock: Clock) {
  const list = remembered(LIST_FRESH_MS, clock, () => listTransactions(engine, desk.set(), clock.now()));
  const view = remembered(VIEW_FRESH_MS, clock, (name) => {
    const slo = desk.set().slos.find((one) => one.name === name);
    if (!slo) throw new Problem('not_found', `There is no SLO ${name.slice(0, 100)}`);
    return viewTransaction(engine, desk, slo, clock.now());
  });
  return new Hono()
    .get('/transactions', async (c) => c.json((await list('')) satisfies TransactionsView))
    .get('/transactions/:name', async (c) =>
      c.json((await view(c.req.param('name'))) satisfies TransactionView),
    );
}

/** An answer is given again while it is fresh; whoever asks meanwhile waits for the same one. A failure is forgotten. */
function remembered<T>(
  freshMs: number,
  clock: Clock,
  read: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const kept = new Map<string, { at: number; answer: Promise<T> }>();
  return (key) => {
    const known = kept.get(key);
    if (known && clock.now() - known.at < freshMs) return known.answer;
    const answer = read(key);
    kept.delete(key);
    kept.set(key, { at: clock.now(), answer });
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    answer.catch(() => kept.get(key)?.answer === answer && kept.delete(key));
    return answer;
  };
}
