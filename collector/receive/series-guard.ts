import type { Offender } from '../../model/cardinality.ts';
import { cutSeries } from '../wire/series.ts';

/** A series that sends nothing for so long makes room for another; an offender that is within its limit for so long is let go. */
const FORGET_MS = 10 * 60_000;

interface Guarded {
  offender: Omit<Offender, 'refused' | 'since'>;
  since: number;
  refused: number;
  /** When it was last found over its limit, or refused something. */
  lastOverAt: number;
  /** Series hash → unix milliseconds it was last sent. */
  kept: Map<string, number>;
}

export interface Guarding {
  body: Uint8Array;
  refused: number;
  /** '' or one sentence for the sender. */
  reason: string;
}

/**
 * Holds metrics that were found to have too many series to their limit: after an offender is named, the first `limit`
 * series that are sent are kept and the points of all others are refused, so that nothing else suffers. What is not
 * an offender passes without being looked at.
 */
export class SeriesGuard {
  readonly #now: () => number;
  readonly #metrics = new Map<string, Guarded>();
  #operations: Offender[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Everything over its limit, as the last look at the store found it. */
  found(offenders: readonly Omit<Offender, 'refused' | 'since'>[]): void {
    const now = this.#now();
    const before = this.#operations;
    this.#operations = offenders
      .filter(({ kind }) => kind === 'operations')
      .map((offender) => ({
        ...offender,
        refused: 0,
        since: before.find(({ service }) => service === offender.service)?.since ?? now,
      }));
    for (const offender of offenders) {
      if (offender.kind !== 'series') continue;
      const key = keyOf(offender.service, offender.metric);
      const guarded = this.#metrics.get(key);
      if (guarded) Object.assign(guarded, { offender, lastOverAt: now });
      else this.#metrics.set(key, { offender, since: now, refused: 0, lastOverAt: now, kept: new Map() });
    }
    this.#forget(now);
  }

  /** What is over its limit now, the metrics first. */
  offenders(): Offender[] {
    const metrics = [...this.#metrics.values()].map(({ offender, refused, since }) => ({
      ...offender,
      refused,
      since,
    }));
    return [...metrics, ...this.#operations];
  }

  /** @param body an approved metrics request */
  guard(body: Uint8Array): Guarding {
    if (this.#metrics.size === 0) return { body, refused: 0, reason: '' };
    const now = this.#now();
    const refused = new Map<Guarded, number>();
    const passed = cutSeries(body, (service, metric) => {
      const guarded = this.#metrics.get(keyOf(service, metric));
      if (guarded === undefined) return null;
      return (series) => {
        if (guarded.kept.has(series) || guarded.kept.size < guarded.offender.limit) {
          guarded.kept.set(series, now);
          return true;
        }
        refused.set(guarded, (refused.get(guarded) ?? 0) + 1);
        return false;
      };
    });
    let total = 0;
    for (const [guarded, points] of refused) {
      guarded.refused += points;
      guarded.lastOverAt = now;
      total += points;
    }
    return { body: passed, refused: total, reason: [...refused.keys()].map(reasonOf).join(' ') };
  }

  #forget(now: number): void {
    for (const [key, guarded] of this.#metrics) {
      for (const [series, at] of guarded.kept) if (now - at > FORGET_MS) guarded.kept.delete(series);
      if (now - guarded.lastOverAt > FORGET_MS) this.#metrics.delete(key);
    }
  }
}

const keyOf = (service: string, metric: string): string => JSON.stringify([service, metric]);

function reasonOf({ offender }: Guarded): string {
  const { service, metric, limit, attribute, values } = offender;
  const because = attribute === '' ? '' : `; attribute ${attribute} has ${values} values`;
  return `Data points of new series of ${metric} (${service || 'no service.name'}) were not stored: it has more than ${limit} series${because}. Drop that attribute in the SDK (a View), or raise max-series.`;
}
