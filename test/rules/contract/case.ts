/** How a case of the contract is written. */
import type { InputForm } from '../../../rules/test/form.ts';

export interface ContractCase {
  name: string;
  input: InputForm[];
  /** As in a file. */
  signal: string;
  /** Milliseconds after the start at which it is read. */
  at: number;
  /**
   * Labels and values in any order. A source may leave out samples that say nothing (null with a count of 0) and counts of 0.
   */
  expected: { labels?: Record<string, string>; value: number | null; details?: Record<string, unknown> }[];
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const spans = (labels: string, values: string, every = '1m', duration = '100ms'): InputForm => ({
  series: `spans{service.name="a"${labels && `,${labels}`}}`,
  values,
  every,
  duration,
});
export const metric = (series: string, values: string, every = '1m'): InputForm => ({
  series,
  values,
  every,
});
export const runs = (location: string, results: string, probe = 'login'): InputForm => ({
  probe,
  location,
  results,
  every: '1m',
});
