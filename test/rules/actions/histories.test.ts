/** Ten thousand random lives of operations, held against a table of what may follow what, written by hand. */
import { expect, test } from 'vitest';
import type { Random } from '../../../bench/workload/random.ts';
import { FINAL_STATUS, type Operation, type OperationStatus } from '../../../model/operation.ts';
import { type HookAnswer, type LifeEvent, live } from '../../../rules/actions/life.ts';
import { SEED, seeded } from '../../helpers/chance.ts';

const HISTORIES = 10_000;
const START = 1_768_467_600_000;
const SECOND = 1_000;

/** From the contract and the design, not from the code. Staying as it is is always allowed. */
const MAY_FOLLOW: Readonly<Record<OperationStatus, readonly OperationStatus[]>> = {
  proposed: ['blocked', 'awaiting_approval', 'dispatched', 'succeeded', 'expired'],
  blocked: [],
  awaiting_approval: ['proposed', 'rejected', 'expired', 'blocked'],
  rejected: [],
  expired: [],
  // Back to proposed: a conflict. Expired and blocked: only between two requests that were not begun.
  dispatched: [
    'accepted',
    'unknown',
    'succeeded',
    'verifying',
    'failed',
    'escalated',
    'proposed',
    'expired',
    'blocked',
  ],
  unknown: ['dispatched', 'accepted', 'succeeded', 'verifying', 'failed', 'escalated'],
  accepted: ['unknown', 'succeeded', 'verifying', 'failed', 'escalated'],
  succeeded: [],
  failed: [],
  verifying: ['verified', 'not_verified', 'rolling_back', 'escalated'],
  verified: [],
  not_verified: [],
  rolling_back: ['rolled_back', 'escalated'],
  rolled_back: [],
  escalated: [],
};
/** In these a hook may be carrying it out or have done so, and it cannot be called off. */
const MAY_BE_DONE: ReadonlySet<OperationStatus> = new Set([
  'unknown',
  'accepted',
  'verifying',
  'rolling_back',
]);

test(`${HISTORIES} random histories keep to the table, and nothing is done twice or late (seed ${SEED})`, () => {
  const random = seeded();
  const wrong: string[] = [];
  const ends = new Map<OperationStatus, number>();
  for (let i = 0; i < HISTORIES; i++) {
    const life = new Life(random);
    for (let step = 0; step < 60 && !life.isOver; step++) life.step();
    wrong.push(...life.wrong.map((sentence) => `history ${i}: ${sentence}`));
    ends.set(life.operation.status, (ends.get(life.operation.status) ?? 0) + 1);
  }
  expect(wrong.slice(0, 5), `SEED=${SEED}`).toEqual([]);
  // It can fail only where it comes to: every end was seen.
  for (const status of FINAL_STATUS)
    expect(ends.get(status) ?? 0, `${status}, SEED=${SEED}`).toBeGreaterThan(0);
});

/** One operation, and a hook that carries out each request it receives, without looking whether it knows the id. */
class Life {
  readonly wrong: string[] = [];
  readonly #random: Random;
  operation: Operation;
  #now = START;
  #carriedOut = 0;
  #isFinished = false;
  #rollbacks = 0;
  #afterEnd = 0;

  constructor(random: Random) {
    this.#random = random;
    this.operation = proposed(random);
  }

  get isOver(): boolean {
    return this.#afterEnd > 3;
  }

  step(): void {
    if (FINAL_STATUS.has(this.operation.status)) this.#afterEnd += 1;
    this.#now += this.#one([0, 200, SECOND, 5 * SECOND, 40 * SECOND, 200 * SECOND]);
    this.#take({ kind: 'waited' });
    const { status, due } = this.operation;
    const isDue = due !== null && due <= this.#now;
    if (this.#chance(0.15)) this.#take(this.#stray());
    else if (status === 'proposed' && isDue) this.#take(this.#guarded());
    else if (status === 'dispatched' && isDue) this.#send();
    else if ((status === 'unknown' || status === 'accepted') && isDue)
      this.#take({ kind: 'answered', answer: this.#state() });
    else if (status === 'awaiting_approval')
      this.#take({ kind: 'decided', by: 'ada', approved: this.#chance(0.7), comment: '' });
    else if (status === 'verifying') this.#take(this.#ticked());
    else if (status === 'rolling_back')
      this.#take({ kind: 'undone', outcome: this.#one(['done', 'changed', 'failed']), reason: 'so it is' });
  }

  #send(): void {
    this.#take({ kind: 'dispatching' });
    const { status, notAfter } = this.operation;
    if (status !== 'dispatched') return;
    if (this.#now >= notAfter) this.wrong.push('sent after not_after');
    this.#take({ kind: 'answered', answer: this.#request() });
  }

  #request(): HookAnswer {
    const what = this.#random.next();
    // Lost on the way, before it was received.
    if (what < 0.2) return { kind: 'no_answer', reason: 'reset' };
    if (what < 0.3) return { kind: 'busy', after: SECOND, reason: '503' };
    if (what < 0.35) return { kind: 'refused', reason: '422' };
    if (what < 0.45) return { kind: 'conflict', observed: 5 };
    this.#carriedOut += 1;
    this.#isFinished = this.#chance(0.5);
    if (this.#carriedOut > 1) this.wrong.push('carried out twice');
    return this.#chance(0.3) ? { kind: 'no_answer', reason: 'lost' } : this.#state();
  }

  /** What the hook answers when it is asked: the truth, if it answers. */
  #state(): HookAnswer {
    if (this.#chance(0.2)) return { kind: 'no_answer', reason: 'late' };
    if (this.#carriedOut === 0) return { kind: 'never_received' };
    if (this.#isFinished) return { kind: 'succeeded', observed: 3 };
    if (this.#chance(0.1)) return { kind: 'failed', reason: 'no room' };
    this.#isFinished = this.#chance(0.5);
    return { kind: 'accepted', pollAfter: SECOND };
  }

  #take(event: LifeEvent): void {
    const before = this.operation;
    const { operation, rollsBack } = live(before, event, this.#now);
    const say = (what: string) =>
      this.wrong.push(
        `${what}: ${before.status} → ${operation.status} by ${event.kind} (${operation.reason})`,
      );
    this.operation = operation;
    if (rollsBack) this.#rollbacks += 1;
    if (this.#rollbacks > 1) say('rolled back twice');
    if (FINAL_STATUS.has(before.status) && operation !== before) say('an end was changed');
    if (operation !== before && operation.revision !== before.revision + 1)
      say('the revision did not grow by one');
    if (operation.status === before.status) return;
    if (!MAY_FOLLOW[before.status].includes(operation.status)) say('not in the table');
    const isCalledOff = operation.status === 'blocked' || operation.status === 'expired';
    if (isCalledOff && (MAY_BE_DONE.has(before.status) || this.#carriedOut > 0)) say('called off too late');
    if (operation.status === 'verified' && operation.verification?.verdict !== 'cured')
      say('verified without a cure');
    if (operation.status === 'succeeded' && operation.mode === 'execute' && this.#carriedOut === 0)
      say('succeeded without being done');
  }

  #guarded(): LifeEvent {
    const passed = this.#chance(0.9);
    const decisions = [{ guard: 'cooldown', passed, reason: 'so it is' }] as const;
    const approval = this.#chance(0.3) ? { role: 'admin' as const, ttl: 60 * SECOND } : null;
    return { kind: 'guarded', decisions, current: 2, desired: 3, approval };
  }

  #ticked(): LifeEvent {
    const truth = this.#one([true, false, false, false, null, null, null]);
    const worse = this.#one([null, false, false, false, false, true]);
    const check = { operation: 'x', t: this.#now - this.#one([0, 0, 20]) * SECOND, truth, worse };
    return { kind: 'ticked', check: { ...check, values: {}, branches: [] } };
  }

  /** Late, twice, or from somewhere else; an answer about what was done is never a lie here. */
  #stray(): LifeEvent {
    const { status } = this.operation;
    const waits = status === 'dispatched' || status === 'unknown' || status === 'accepted';
    const events: LifeEvent[] = [
      { kind: 'decided', by: 'bob', approved: true, comment: '' },
      { kind: 'cancelled', reason: 'The kill switch is on.' },
      { kind: 'undone', outcome: 'done', reason: 'It was undone.' },
      this.#ticked(),
    ];
    if (!waits) events.push({ kind: 'answered', answer: { kind: 'succeeded', observed: 9 } });
    return this.#one(events);
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }

  #one<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random.next() * of.length)]!;
  }
}

function proposed(random: Random): Operation {
  const onFail = [[], ['escalate'], ['rollback'], ['rollback', 'escalate']][
    Math.floor(random.next() * 4)
  ] as readonly ('rollback' | 'escalate')[];
  const verify = random.next() < 0.7 ? { after: 20 * SECOND, within: 120 * SECOND, onFail } : null;
  return {
    ...{
      id: 'slow.aa.e1.1.1',
      rule: 'slow',
      fingerprint: 'aa',
      labels: {},
      episode: 1,
      began: START,
      action: 1,
    },
    ...{ count: 1, incident: 1, hook: 'workers', target: 'checkout', status: 'proposed', since: START },
    order: { kind: 'scale', expectedCurrent: null, desired: null, bounds: { min: 1, max: 9 } },
    mode: random.next() < 0.05 ? 'shadow' : 'execute',
    ...{ reason: 'The rule fires.', proposedAt: START, guards: [], approval: null, dispatchedAt: null },
    ...{ notAfter: START + 300 * SECOND, deadline: START + 600 * SECOND, finishedAt: null, due: START },
    ...{ attempts: 0, replans: 0, observed: null, verify, verification: null, rolledBackBy: '' },
    ...{ rollbackOf: '', revision: 1 },
  };
}
