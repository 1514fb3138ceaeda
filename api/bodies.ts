/** What the bodies of requests may say. Everything is bounded. */
import { z } from 'zod';
import { messageOf } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';
import type { Labels, Matcher } from '../model/signal.ts';

const MOST_PATTERN = 200;
const LONGEST_SILENCE_MS = 400 * 86_400_000;

/** A person's name goes into timelines, payloads and chats: one line. */
const by = z
  .string()
  .trim()
  .max(100)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'has control characters')
  .default('')
  .transform((name) => name || 'somebody on this machine');
const text = z.string().trim().max(4_000);

export const actBody = z.strictObject({ by, comment: text.default('') });
export const commentBody = z.strictObject({ by, text: text.min(1) });

export const killSwitchBody = z.strictObject({ on: z.boolean(), by, comment: text.default('') });

const duration = z.string().transform((value, context) => {
  try {
    const ms = parseDuration(value);
    if (ms > 0 && ms <= LONGEST_SILENCE_MS) return ms;
    context.addIssue('is not between 1 ms and 400 days');
  } catch (thrown) {
    context.addIssue(messageOf(thrown));
  }
  return z.NEVER;
});

const matcher = z
  .strictObject({
    key: z.string().min(1).max(200),
    op: z.enum(['=', '!=', '=~', '!~']).default('='),
    values: z.array(z.string().max(1_024)).min(1).max(50),
  })
  .superRefine(({ op, values }, context) => {
    if (op === '=' || op === '!=') return;
    for (const pattern of values) {
      const problem = problemOf(pattern);
      if (problem !== '') context.addIssue(`"${pattern.slice(0, 50)}" ${problem}`);
    }
  });

export const silenceBody = z
  .strictObject({
    match: z.array(matcher).min(1).max(20),
    /** Unix milliseconds; default now. */
    from: z.number().int().min(0).max(4e12).optional(),
    to: z.number().int().min(0).max(4e12).optional(),
    for: duration.optional(),
    by,
    comment: text.default(''),
  })
  .refine((body) => (body.to === undefined) !== (body.for === undefined), 'give either "to" or "for"')
  .refine(({ match }) => !match.every(matchesNothing), 'a silence must match something that is there');

export const incidentSilenceBody = z.strictObject({ for: duration, by, comment: text.default('') });

/** `x=""` and `x!="a"` alone would silence everything without that label. */
function matchesNothing({ op, values }: Matcher): boolean {
  return (
    op === '!=' ||
    op === '!~' ||
    values.includes('') ||
    (op === '=~' && values.some((one) => new RegExp(`^(?:${one})$`).test('')))
  );
}

/** Patterns run in this process against labels from outside: those that can take for ever are refused. */
function problemOf(pattern: string): string {
  if (pattern.length > MOST_PATTERN) return `is longer than ${MOST_PATTERN} characters`;
  if (/\\[1-9k]|\(\?[=!<]/.test(pattern)) return 'has a back reference or a look-around';
  if (/[*+}]\)+[*+{]|\)[*+{]/.test(pattern))
    return 'repeats a group, which can take for ever; write it without';
  try {
    new RegExp(pattern, 'su');
    return '';
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** The matchers that mean one incident: its rule and the labels it is grouped by. */
export function matchersOf(rule: string, group: Labels): Matcher[] {
  return Object.entries({ alertname: rule, ...group }).map(([key, value]) => ({
    key,
    op: '=',
    values: [value],
  }));
}
