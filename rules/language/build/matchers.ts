/** `where` and `match`: from the short forms of files to matchers. */
import type { Matcher } from '../../../model/signal.ts';
import type { WhereForm } from '../forms/values.ts';
import type { Say } from './say.ts';

const FORM = /^(!~|=~|[!=~]?)(.*)$/su;
const OPS: Record<string, Matcher['op']> = { '': '=', '=': '=', '!': '!=', '~': '=~', '!~': '!~' };
const LONGEST_PATTERN = 500;

/** In the order of the file. A list matches when any of its values does, one of `!` values when none does. */
export function buildMatchers(form: WhereForm | undefined, path: (string | number)[], say: Say): Matcher[] {
  return Object.entries(form ?? {}).map(([key, given]) => {
    const parts = (Array.isArray(given) ? given : [given]).map((one) => parse(String(one)));
    const op = parts[0]!.op;
    if (parts.some((part) => part.op !== op))
      say(
        [...path, key],
        'mixes forms: a list is of values, or of "!" values, or of "~" patterns, or of "!~" patterns',
      );
    const values = parts.map(({ value }) => value);
    if (op === '=~' || op === '!~')
      for (const value of values) {
        const wrong = patternProblem(value);
        if (wrong !== undefined) say([...path, key], `"${value.slice(0, 100)}" ${wrong}`);
      }
    return { key, op, values };
  });
}

/** `=~x` is the text `~x`: the sign of equality takes what follows as it is. */
function parse(text: string): { op: Matcher['op']; value: string } {
  if (text.startsWith('=')) return { op: '=', value: text.slice(1) };
  const [, sign = '', value = ''] = FORM.exec(text) ?? [];
  return { op: OPS[sign]!, value };
}

/** Patterns run in the engine as RE2, and here as JavaScript: what both understand. */
function patternProblem(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) return `is longer than ${LONGEST_PATTERN} characters`;
  if (/\(\?<?[=!]|\\[1-9]|\\k</.test(pattern))
    return 'looks ahead or refers back, which RE2 does not know: use "!~" to exclude';
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch {
    return 'is not a regular expression (RE2, matched against the whole value)';
  }
}
