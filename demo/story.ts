/** The loop closes, told in the terminal: the demo makes trouble, the product's rules see it, act and verify. */
import { type Clock, sleep, systemClock } from '../base/clock.ts';
import type { Operation } from '../model/operation.ts';
import type { FaultName } from './faults/list.ts';
import type { ProductApi } from './watch.ts';
import { Watch } from './watch.ts';

/** What the story does to the shop; everything else the product does. */
export interface Stage {
  begin(fault: FaultName, forMs?: number): Promise<unknown>;
  end(fault: FaultName): Promise<unknown>;
  workers(): number;
}

export interface StoryOptions {
  stage: Stage;
  api: ProductApi;
  /** The demo's own rules. */
  rules: readonly string[];
  say: (line: string) => void;
  /** Aborts it between two looks. */
  until: AbortSignal;
  wait?: (ms: number) => Promise<void>;
  clock?: Clock;
}

const LOOK_EVERY_MS = 1_000;
/** Nothing takes so long on a machine that can run the demo; then the story goes on without it, and says so. */
const PATIENCE_MS = 100_000;
/** Enough to see that all is well. */
const QUIET_MS = 10_000;
/** How long you have to approve it yourself. */
const YOUR_TURN_MS = 15_000;

/** Tells the story once. @returns whether each moment came that it waited for */
export async function tellStory(options: StoryOptions): Promise<boolean> {
  const teller = new Teller(options);
  const { stage } = options;
  await teller.say(
    'All is well: visitors look around, and some buy. From here on the rules in demo/rules decide.',
  );
  await teller.pass(QUIET_MS);

  await teller.say('Three times as many visitors come, more than two workers can serve.');
  await act(() => stage.begin('load-x3', 180_000));
  await teller.until('a worker more was verified to have helped', ({ operations }) =>
    operations.some(isCured),
  );
  await teller.until('the checkout is fast again', ({ open }) => !open.has('checkout-slow'));
  await teller.say(`The load falls again. ${stage.workers()} workers are more than it needs.`);
  await act(() => stage.end('load-x3'));
  await teller.until('two workers are left', () => stage.workers() === 2);

  await teller.say('Payment 1.4.3 is released. It is slow, and a quarter of the charges fails.');
  await act(() => stage.begin('bad-release'));
  await teller.until('somebody is asked to approve the roll-back', ({ operations }) =>
    operations.some(isWaiting),
  );
  const asked = teller.watch.operations.find(isWaiting);
  await teller.until('the worker that did not help was taken away', ({ operations }) =>
    operations.some(isUndone),
  );
  if (asked) await approve(teller, options, asked);
  await teller.until('the roll-back was verified', ({ operations }) =>
    operations.some((one) => one.id === asked?.id && isCured(one)),
  );
  await teller.until('all is well again', ({ open }) => open.size === 0);
  await teller.say(
    'What happened is in the ledger (/api/operations, /api/ledger) and in each incident’s retrospective. The shop goes on: "npm run demo -- faults" lists what else can go wrong. Now send yours.',
  );
  return teller.isComplete;

  async function act(work: () => Promise<unknown>): Promise<void> {
    if (!options.until.aborted) await work();
  }
}

async function approve(teller: Teller, { api }: StoryOptions, { id }: Operation): Promise<void> {
  const isOpen = () => teller.watch.operations.some((one) => one.id === id && isWaiting(one));
  await teller.say(
    `Approve it: POST /api/operations/${id}/approve. In ${YOUR_TURN_MS / 1_000} s the demo does.`,
  );
  await teller.pass(YOUR_TURN_MS, () => !isOpen());
  if (isOpen() && !teller.isOver) await api.approve(id, 'Nobody else did.');
}

const isCured = ({ status }: Operation): boolean => status === 'verified';
const isWaiting = ({ status }: Operation): boolean => status === 'awaiting_approval';
const isUndone = ({ status }: Operation): boolean => status === 'rolled_back';

/** The clock of the story, and what the product says meanwhile. */
class Teller {
  readonly watch: Watch;
  readonly #options: Required<StoryOptions>;
  readonly #began: number;
  isComplete = true;

  constructor(options: StoryOptions) {
    this.#options = { wait: sleep, clock: systemClock, ...options };
    this.#began = this.#options.clock.now();
    this.watch = new Watch(options.api, options.rules, this.#began);
  }

  get isOver(): boolean {
    return this.#options.until.aborted;
  }

  async say(line: string): Promise<void> {
    if (!this.isOver) this.#line(line);
  }

  /** @param isEnough ends it earlier */
  async pass(ms: number, isEnough: () => boolean = () => false): Promise<void> {
    const { clock, wait } = this.#options;
    const until = clock.now() + ms;
    while (clock.now() < until && !this.isOver) {
      await wait(LOOK_EVERY_MS);
      if (this.isOver) return;
      for (const sentence of await this.watch.look().catch(() => [])) this.#line(sentence);
      if (isEnough()) return;
    }
  }

  async until(what: string, isSo: (watch: Watch) => boolean): Promise<void> {
    if (isSo(this.watch)) return;
    await this.pass(PATIENCE_MS, () => isSo(this.watch));
    if (this.isOver || isSo(this.watch)) return;
    this.isComplete = false;
    this.#line(`(In ${PATIENCE_MS / 1_000} s it did not come to this: ${what}. The story goes on.)`);
  }

  #line(text: string): void {
    const seconds = Math.round((this.#options.clock.now() - this.#began) / 1_000);
    this.#options.say(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}  ${text}`);
  }
}
