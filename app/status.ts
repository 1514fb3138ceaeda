import type { Arrivals } from '../model/arrivals.ts';
import type { Status } from '../model/status.ts';
import type { BudgetJob } from './budget.ts';
import type { RulesPart } from './rules.ts';
import type { Store } from './store.ts';

interface StatusParts {
  version: string;
  startedAt: number;
  /** Where SDKs send to. */
  otlpUrl: string;
  arrivals: Arrivals;
  store: Store;
  budget: BudgetJob;
  rules: RulesPart;
}

/** What the product says of itself at this moment. */
export function statusOf({
  version,
  startedAt,
  otlpUrl,
  arrivals,
  store,
  budget,
  rules,
}: StatusParts): Status {
  return {
    version,
    startedAt,
    otlpEndpoint: otlpUrl,
    ...arrivals.status(),
    store: { ...store.state(), engine: store.engine.name },
    disk: budget.status(),
    rules: rules.status(),
  };
}
