import type { Signal } from '../model/otlp.ts';
import { type BudgetJob, startBudgetJob } from './budget.ts';
import { startEdgesJob } from './edges.ts';
import type { Shared } from './shared.ts';
import type { Store } from './store.ts';

export interface Jobs {
  budget: BudgetJob;
  /** Something was stored: some jobs have work now. */
  stored(signal: Signal): void;
}

/** Starts what keeps the store in order: its disk budget, the edges between services. */
export function startJobs({ config, telemetry, clock, log, teardown }: Shared, { engine }: Store): Jobs {
  const budget = startBudgetJob(engine, config['disk-budget'], log, clock.now, telemetry);
  teardown.add('disk budget', budget.stop);
  const edges = startEdgesJob(engine, log, telemetry);
  teardown.add('edges job', edges.stop);
  return {
    budget,
    stored: (signal) => {
      if (signal === 'traces') edges.stored();
    },
  };
}
