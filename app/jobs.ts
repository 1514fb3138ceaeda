import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { SeriesGuard } from '../collector/receive/series-guard.ts';
import type { Signal } from '../model/otlp.ts';
import { type BudgetJob, startBudgetJob } from './budget.ts';
import { startCardinalityJob } from './cardinality.ts';
import { startEdgesJob } from './edges.ts';
import type { Config } from './settings.ts';
import type { Store } from './store.ts';
import type { Teardown } from './teardown.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

interface JobsOptions {
  config: Config;
  store: Store;
  series: SeriesGuard;
  telemetry: Telemetry;
  clock: Clock;
  log: Log;
}

export interface Jobs {
  budget: BudgetJob;
  /** Something was stored: some jobs have work now. */
  stored(signal: Signal): void;
}

/** Starts what keeps the store in order: its disk budget, the edges between services, the count of series. */
export function startJobs(
  { config, store, series, telemetry, clock, log }: JobsOptions,
  teardown: Teardown,
): Jobs {
  const { engine } = store;
  const budget = startBudgetJob(engine, config['disk-budget'], log, clock.now, telemetry);
  teardown.add('disk budget', budget.stop);
  const limits = { series: config['max-series'], operations: config['max-operations'] };
  const cardinality = startCardinalityJob(engine, series, limits, log, clock.now, telemetry);
  teardown.add('cardinality job', cardinality.stop);
  const edges = startEdgesJob(engine, log, telemetry);
  teardown.add('edges job', edges.stop);
  return {
    budget,
    stored: (signal) => {
      if (signal === 'traces') edges.stored();
      if (signal !== 'logs') cardinality.stored();
    },
  };
}
