/** Three minutes told in the terminal: a table of moments. */
import { sleep } from '../base/clock.ts';
import type { FaultName } from './faults/list.ts';
import { ORDERS_AT_ONCE } from './shop/messages.ts';
import type { ShopState } from './supervise/shop.ts';

/** What a moment can do to the shop. */
export interface Stage {
  begin(fault: FaultName, forMs?: number): Promise<unknown>;
  scaleTo(workers: number): Promise<void>;
  state(): ShopState;
}

interface Moment {
  /** Seconds since the beginning. */
  atS: number;
  say: string | ((state: ShopState) => string);
  act?: (stage: Stage) => Promise<unknown>;
}

/** Tuned with 6 visitors a second: two workers take 6.6 orders a second, and three times the load brings 7.6. */
const MOMENTS: readonly Moment[] = [
  {
    atS: 0,
    say: 'All is well: visitors look around, and some buy. Open the dashboard and look at "checkout".',
  },
  {
    atS: 30,
    say: 'Three times as many visitors come.',
    act: (stage) => stage.begin('load-x3', 70_000),
  },
  { atS: 55, say: (state) => `Checkout is slow now: ${lineOf(state)}.` },
  {
    atS: 65,
    say: 'Two more workers for the checkout, by its scaling hook.',
    act: (stage) => stage.scaleTo(4),
  },
  { atS: 90, say: (state) => `That helped: ${lineOf(state)}.` },
  {
    atS: 105,
    say: 'Payment 1.4.3 is released.',
    act: (stage) => stage.begin('bad-release'),
  },
  { atS: 125, say: (state) => `Orders are slow and fail, and workers do not help: ${lineOf(state)}.` },
  {
    atS: 150,
    say: 'Payment is rolled back to 1.4.2.',
    act: (stage) => stage.begin('roll-back'),
  },
  { atS: 170, say: (state) => `Healthy again: ${lineOf(state)}. In "payment" you see both versions.` },
  {
    atS: 180,
    say: 'Two workers are enough again. The shop goes on: "npm run demo -- faults" lists what else can go wrong. Now send yours.',
    act: (stage) => stage.scaleTo(2),
  },
];

/** Tells the story once. @param until aborts it between two moments */
export async function tellStory(
  stage: Stage,
  say: (line: string) => void,
  until: AbortSignal,
  wait: (ms: number) => Promise<void> = sleep,
): Promise<void> {
  let now = 0;
  for (const { atS, say: words, act } of MOMENTS) {
    await wait((atS - now) * 1_000);
    now = atS;
    if (until.aborted) return;
    const text = typeof words === 'string' ? words : words(stage.state());
    say(`${Math.floor(atS / 60)}:${String(atS % 60).padStart(2, '0')}  ${text}`);
    await act?.(stage);
  }
}

function lineOf({ workers }: ShopState): string {
  const sum = (of: (worker: ShopState['workers'][number]) => number) =>
    workers.reduce((total, worker) => total + of(worker), 0);
  const places = workers.length * ORDERS_AT_ONCE;
  return `${workers.length} workers, ${sum((one) => one.running)} of ${places} places taken, ${sum((one) => one.waiting)} orders wait`;
}
