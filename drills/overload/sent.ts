/** Requests offered for each that is taken. */
export const TIMES = 5;

/** What a sender process was told, in requests. */
export interface Sent {
  offered: number;
  /** Times each body was accepted, by its number. */
  accepted: Record<number, number>;
  /** Answered with 503. */
  refused: number;
  /** Answers that belong to neither, by status. */
  wrong: Record<number, number>;
  unanswered: number;
  /** 503 without a word of when to try again. */
  withoutRetryAfter: number;
}

/** All senders together. */
export function together(all: readonly Sent[]): Sent {
  const sum: Sent = { offered: 0, accepted: {}, refused: 0, wrong: {}, unanswered: 0, withoutRetryAfter: 0 };
  for (const one of all) {
    for (const key of ['offered', 'refused', 'unanswered', 'withoutRetryAfter'] as const)
      sum[key] += one[key];
    for (const key of ['accepted', 'wrong'] as const)
      for (const [name, count] of Object.entries(one[key]))
        sum[key][Number(name)] = (sum[key][Number(name)] ?? 0) + count;
  }
  return sum;
}

/** Bodies of which the store has another number of spans than was acknowledged. @param stored spans by body */
export function disagreements(
  accepted: Sent['accepted'],
  stored: ReadonlyMap<number, number>,
  spansPerRequest: number,
): number[] {
  const bodies = new Set([...Object.keys(accepted).map(Number), ...stored.keys()]);
  return [...bodies].filter((body) => (accepted[body] ?? 0) * spansPerRequest !== (stored.get(body) ?? 0));
}
