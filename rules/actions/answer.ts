/** What answers of strangers over HTTP mean to an operation, whatever they speak. */
import { messageOf, Problem } from '../../base/errors.ts';
import type { OutgoingAnswer } from '../../base/outgoing.ts';
import type { HookAnswer } from './life.ts';

const BUSY_MS = { least: 1_000, usual: 5_000, most: 300_000 };
const MOST_REASON = 300;
/** Refused on this side: nothing has left. */
const NOTHING_LEFT: ReadonlySet<string> = new Set(['outgoing_refused', 'secret_missing', 'secret_invalid']);

/** Asks and reads the answer; without one it is said whether anything can have left. Never throws. */
export async function answerOf(
  ask: () => Promise<OutgoingAnswer>,
  meaning: (answer: OutgoingAnswer) => HookAnswer,
): Promise<HookAnswer> {
  try {
    return meaning(await ask());
  } catch (thrown) {
    return withoutAnswer(thrown);
  }
}

/** What it means that a call ended without an answer: nothing has left, or nobody knows. */
export function withoutAnswer(thrown: unknown): Extract<HookAnswer, { kind: 'refused' | 'no_answer' }> {
  const reason = messageOf(thrown).slice(0, MOST_REASON);
  const isOurs = thrown instanceof Problem && NOTHING_LEFT.has(thrown.code);
  return { kind: isOurs ? 'refused' : 'no_answer', reason };
}

/** Not now, and asked again when the answer says, within bounds. */
export function busy({ status, headers }: OutgoingAnswer): Extract<HookAnswer, { kind: 'busy' }> {
  const asked = Number(headers['retry-after']) * 1_000;
  return { kind: 'busy', after: within(asked, BUSY_MS), reason: `HTTP ${status}` };
}

/** Milliseconds within bounds; the usual ones for what is no number. */
export const within = (ms: number, { least, usual, most }: typeof BUSY_MS): number =>
  Number.isFinite(ms) ? Math.min(most, Math.max(least, ms)) : usual;

/** JSON, or null for what is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A finite number at a key of an object; null without. */
export function numberIn(body: unknown, key: string): number | null {
  const value = isRecord(body) ? body[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Text at a key of an object, bounded; '' without. */
export function textIn(body: unknown, key: string): string {
  const value = isRecord(body) ? body[key] : undefined;
  return typeof value === 'string' ? value.slice(0, MOST_REASON) : '';
}

/** An object that is no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
