import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { formatSize } from '../base/units.ts';
import type { DiskStatus } from '../model/status.ts';
import { type DiskBudget, enforceBudget } from '../store/budget.ts';
import type { Engine } from '../store/engine.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

const EVERY_MS = 60_000;

export interface BudgetJob {
  /** Null while the budget is off or has not been looked at yet. */
  status(): DiskStatus | null;
  stop(): Promise<void>;
}

/** Keeps the store within its budget: looks once a minute, and says what it drops. */
export function startBudgetJob(
  engine: Engine,
  budget: DiskBudget | null,
  log: Log,
  now: () => number,
  telemetry: Pick<Telemetry, 'job'>,
  everyMs = EVERY_MS,
): BudgetJob {
  let status: DiskStatus | null = null;
  let running: Promise<void> | undefined;
  const turn = async (budget: DiskBudget) => {
    try {
      const { usedBytes, budgetBytes, dropped, isExceeded } = await enforceBudget(engine, budget);
      for (const { day, bytes } of dropped)
        log.warn(`The disk budget is used up: everything of ${day} was dropped.`, {
          freed: formatSize(bytes),
          budget: formatSize(budgetBytes),
        });
      if (isExceeded && !status?.isExceeded)
        log.error('The newest day alone is more than the disk budget; nothing older is left to drop.', {
          used: formatSize(usedBytes),
          budget: formatSize(budgetBytes),
        });
      const last = dropped.at(-1);
      const lastDropped = last ? { ...last, at: now() } : (status?.lastDropped ?? null);
      status = { usedBytes, budgetBytes, isExceeded, lastDropped };
    } catch (thrown) {
      log.warn('The disk budget could not be checked; it is tried again.', {
        reason: messageOf(thrown).slice(0, 300),
      });
    }
  };
  const timer = setInterval(() => {
    if (budget === null || running !== undefined) return;
    running = telemetry
      .job('disk budget', () => turn(budget))
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  return {
    status: () => status,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
