import type { Status } from '../model/status.ts';
import type { BudgetJob } from './budget.ts';
import type { Ingest } from './ingest.ts';
import type { RulesPart } from './rules.ts';
import type { Store } from './store.ts';

interface StatusParts {
  version: string;
  startedAt: number;
  otlpUrl: string;
  now: number;
  ingest: Ingest;
  store: Store;
  budget: BudgetJob;
  rules: RulesPart;
}

/** What the product says of itself at this moment. */
export function statusOf(parts: StatusParts): Status {
  const { version, startedAt, otlpUrl, now, store, budget, rules } = parts;
  const { journal, senders, series } = parts.ingest;
  return {
    version,
    startedAt,
    otlpEndpoint: otlpUrl,
    ingest: senders.summary(),
    journal: {
      bytes: journal.bytes,
      lagMs: journal.waitingSince === null ? 0 : now - journal.waitingSince,
      setAside: journal.setAsideCount,
    },
    store: { ...store.state(), engine: store.engine.name },
    disk: budget.status(),
    offenders: series.offenders(),
    rules: rules.status(),
  };
}
