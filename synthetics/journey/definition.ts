import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { parseDuration } from '../../base/units.ts';
import type { JourneyFile } from '../runner/port.ts';

/** What a journey file defines, without the file. */
export type JourneyDefinition = Omit<JourneyFile, 'file' | 'definition'>;

const LEAST_EVERY_MS = 10_000;
const USUAL_TIMEOUT_MS = 30_000;
/** A run that blocks its runner is ended with it, and a new one started; the next run must still begin on time. */
const ROOM_TO_CLEAR_UP_MS = 5_000;

const duration = z.string('expected a duration like 30s or 5m').transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (thrown) {
    context.addIssue({ code: 'custom', message: messageOf(thrown) });
    return z.NEVER;
  }
});
const origin = z.string().refine(isOrigin, {
  error: ({ input }) => `"${input}" is not an origin like https://shop.example:8443`,
});
const reference = z.string().regex(/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/, {
  error: 'expected a reference, env:NAME or file:/path; the value itself does not belong in a file',
});
const name = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,63}$/u, {
  error: ({ input }) =>
    `"${input}" is not a name: up to 64 letters, digits, spaces and . _ / -, beginning with a letter or digit`,
});

const options = z
  .strictObject({
    every: duration.default(60_000),
    timeout: duration.optional(),
    thresholds: z
      .strictObject({ total: duration.optional(), steps: z.record(z.string(), duration).default({}) })
      .default({ steps: {} }),
    tags: z.record(z.string().max(64), z.string().max(256)).default({}),
    locations: z.array(z.string()).default([]),
    secrets: z.record(z.string(), reference).default({}),
    allow: z.array(origin).default([]),
  })
  .superRefine(({ every, timeout }, context) => {
    if (every < LEAST_EVERY_MS)
      context.addIssue({ code: 'custom', path: ['every'], message: 'is too often: the least is 10s' });
    else if (timeout !== undefined && (timeout < 1_000 || timeout > every - ROOM_TO_CLEAR_UP_MS))
      context.addIssue({
        code: 'custom',
        path: ['timeout'],
        message: `must be between 1s and ${(every - ROOM_TO_CLEAR_UP_MS) / 1_000}s, which is "every" less 5s to clear up after a hang`,
      });
  });

const definition = z.strictObject({
  name,
  options,
  body: z.custom<(...all: unknown[]) => unknown>((value) => typeof value === 'function', {
    error: 'the third argument must be the function that makes the journey',
  }),
});

/**
 * Checks what a journey file exports by default.
 * @returns the definition, or every problem as a sentence
 */
export function readDefinition(exported: unknown): JourneyDefinition | { problems: string[] } {
  if (typeof exported !== 'object' || exported === null || !('body' in exported))
    return {
      problems: [
        "it has no journey: write \"export default journey('name', { every: '1m' }, async ({ page, step }) => …)\"",
      ],
    };
  const read = definition.safeParse(exported);
  if (!read.success) return { problems: read.error.issues.map(sentence) };
  const { every, timeout, thresholds, ...rest } = read.data.options;
  return {
    name: read.data.name,
    ...rest,
    every,
    timeout: timeout ?? Math.min(USUAL_TIMEOUT_MS, every - ROOM_TO_CLEAR_UP_MS),
    thresholds: {
      ...(thresholds.total === undefined ? {} : { duration: thresholds.total }),
      steps: thresholds.steps,
    },
  };
}

const KNOWN: Record<string, readonly string[]> = {
  options: ['every', 'timeout', 'thresholds', 'tags', 'locations', 'secrets', 'allow'],
  'options.thresholds': ['total', 'steps'],
};

function sentence(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return `${path.replace(/^options\./, '')}: ${issue.message}`;
  return issue.keys
    .map((key) => {
      const meant = nearest(key, KNOWN[path] ?? []);
      return `"${key}" is not an option${meant === undefined ? `; there are ${(KNOWN[path] ?? []).join(', ')}` : `; did you mean "${meant}"?`}`;
    })
    .join('; ');
}

/** As `URL.origin` writes it, http or https; a wildcard in an URL pattern would reach further than its host. */
function isOrigin(text: string): boolean {
  return (
    URL.canParse(text) &&
    /^https?:$/.test(new URL(text).protocol) &&
    new URL(text).origin === text &&
    !/[*?]/.test(text)
  );
}
