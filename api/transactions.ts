import { Hono } from 'hono';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { TransactionsView, TransactionView } from '../model/transaction.ts';
import type { Engine } from '../store/engine.ts';
import type { Desk } from './desk.ts';
import { remembered } from './remembered.ts';
import { listTransactions, viewTransaction } from './transaction-views.ts';

/** Counts change twice a minute; a kiosk and ten tabs need no reading each. */
const LIST_FRESH_MS = 5_000;
const VIEW_FRESH_MS = 10_000;

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
