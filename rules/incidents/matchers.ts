import type { Labels, Matcher } from '../../model/signal.ts';

const compiled = new Map<string, RegExp>();
const MOST_COMPILED = 1_000;

/** Whether labels meet all matchers; a label that is absent counts as '' (as in Alertmanager). */
export const matches = (labels: Labels, matchers: readonly Matcher[]): boolean =>
  matchers.every((matcher) => meets(Object.hasOwn(labels, matcher.key) ? labels[matcher.key]! : '', matcher));

function meets(value: string, { op, values }: Matcher): boolean {
  switch (op) {
    case '=':
      return values.includes(value);
    case '!=':
      return !values.includes(value);
    case '=~':
      return values.some((pattern) => anchored(pattern).test(value));
    case '!~':
      return !values.some((pattern) => anchored(pattern).test(value));
  }
}

/** Patterns come from the rule set and from silences, again and again the same ones. */
function anchored(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  const made = compile(pattern);
  compiled.set(pattern, made);
  return made;
}

const NOTHING = /(?!)/;

/** What is no pattern matches nothing: loading refuses it, and a tick must not fail on one that came another way. */
function compile(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'su');
  } catch {
    return NOTHING;
  }
}
