import { createContext, Script } from 'node:vm';
import { Problem } from '../../base/errors.ts';

/** What a text or a value must be like, as a definition says it. */
export type Pattern =
  | { kind: 'contains'; text: string }
  | { kind: 'equals'; value: string | number | boolean | null }
  | { kind: 'matches'; source: string; flags: string };

/**
 * An answer is a stranger's and an expression can take years over it. Milliseconds, by the clock: on a machine with 20
 * times more to do than it can, a hundred were over before an innocent expression had its turn, so it gets a second.
 */
const MATCH_WITHIN_MS = 250;
const TURNS = 2;
const SANDBOX = createContext({ source: '', flags: '', text: '' });
const MATCH = new Script('new RegExp(source, flags).test(text)');

/**
 * `/expression/flags` is a regular expression; any other text is taken as it is.
 * @param plain what a text without slashes means
 * @throws Problem `invalid_pattern`
 */
export function patternOf(text: string, plain: 'contains' | 'equals'): Pattern {
  const expression = /^\/(.+)\/([a-z]*)$/s.exec(text);
  if (!expression) return plain === 'contains' ? { kind: plain, text } : { kind: plain, value: text };
  const [, source, flags] = expression as unknown as [string, string, string];
  try {
    new RegExp(source, flags);
  } catch (thrown) {
    throw new Problem('invalid_pattern', (thrown as Error).message);
  }
  // With these an expression remembers where it stopped the last time.
  return { kind: 'matches', source, flags: flags.replace(/[gy]/g, '') };
}

/** Whether the value is as wanted. @throws Problem `invalid_pattern` when an expression takes longer than 250 ms */
export function isLike(pattern: Pattern, value: unknown): boolean {
  if (pattern.kind === 'equals') return value === pattern.value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return false;
  if (pattern.kind === 'contains') return text.includes(pattern.text);
  Object.assign(SANDBOX, { source: pattern.source, flags: pattern.flags, text });
  for (let turn = 1; turn <= TURNS; turn++) {
    try {
      return MATCH.runInContext(SANDBOX, { timeout: MATCH_WITHIN_MS });
    } catch {
      // It took too long; nothing else can be thrown by an expression that was read before.
    }
  }
  throw new Problem(
    'invalid_pattern',
    `/${pattern.source}/ took longer than ${MATCH_WITHIN_MS} ms on this answer; write it without nested repetitions`,
  );
}

/** As people read it in a failure. */
export function patternText(pattern: Pattern): string {
  if (pattern.kind === 'matches') return `/${pattern.source}/${pattern.flags}`;
  return JSON.stringify(pattern.kind === 'contains' ? pattern.text : pattern.value);
}
