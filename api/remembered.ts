import type { Clock } from '../base/clock.ts';
import type { TimeRange } from '../model/service.ts';
import { rangeParameters, timeRange } from './parameters.ts';

/** Answers to different questions that are kept. */
const MOST_KEPT = 50;

/** An answer is given again while it is fresh; whoever asks meanwhile waits for the same one. A failure is forgotten. */
export function remembered<T>(
  freshMs: number,
  clock: Clock,
  read: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const kept = new Map<string, { at: number; answer: Promise<T> }>();
  return (key) => {
    const known = kept.get(key);
    if (known && clock.now() - known.at < freshMs) return known.answer;
    const answer = read(key);
    kept.delete(key);
    kept.set(key, { at: clock.now(), answer });
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    answer.catch(() => kept.get(key)?.answer === answer && kept.delete(key));
    return answer;
  };
}

/** The answer of a view, remembered by what its address says of range and environment; a range is that of the first who asks. */
export function rememberedView<T>(
  freshMs: number,
  clock: Clock,
  read: (range: TimeRange, env: string) => Promise<T>,
): (query: Record<string, string>) => Promise<T> {
  const answers = remembered(freshMs, clock, (key) => {
    const [from, to, env] = JSON.parse(key) as [string, string, string];
    return read(timeRange(from, to, clock.now()), env);
  });
  return (query) => {
    const { from, to, env } = rangeParameters.parse(query);
    return answers(JSON.stringify([from, to, env]));
  };
}
