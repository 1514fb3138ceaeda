/** The way to one receiver: which of its messages may go now. Pure but for what it remembers of the last attempts. */
import type { OutboxMessage } from '../../store/state/state.ts';

/** To a receiver that answers; one that does not gets one at a time. */
const AT_ONCE = 4;

export interface Lane {
  /** Attempts in a row that failed. */
  failures: number;
  /** No attempt before this, unix ms. */
  pausedUntil: number;
  lastDeliveredAt: number | null;
  /** Since the last delivery; '' when all is well. */
  lastError: string;
  running: Promise<void> | undefined;
}

/** A way that nothing is known of. */
export const newLane = (): Lane => ({
  failures: 0,
  pausedUntil: 0,
  lastDeliveredAt: null,
  lastError: '',
  running: undefined,
});

/**
 * Messages that may be sent now: those that are due, and none while an earlier one about one of its incidents waits.
 * While the receiver fails it is one, the least often tried, so that a message that fails always holds up no other.
 * @param waiting in order
 */
export function eligible(lane: Lane, waiting: readonly OutboxMessage[], now: number): OutboxMessage[] {
  if (now < lane.pausedUntil) return [];
  const before = new Set<number>();
  const free = waiting.filter(({ incidents, due }) => {
    const isFirst = incidents.every((number) => !before.has(number));
    for (const number of incidents) before.add(number);
    return isFirst && due <= now;
  });
  if (lane.failures === 0) return free.slice(0, AT_ONCE);
  return free.sort((a, b) => a.attempts - b.attempts || a.seq - b.seq).slice(0, 1);
}
