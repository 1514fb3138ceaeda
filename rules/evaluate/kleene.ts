/** Kleene's strong three-valued logic: false < unknown < true. */
import type { Truth } from '../../model/rule.ts';

/** The least of them: one false decides, whatever is unknown. True of none. */
export function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(null) ? null : true;
}

/** The greatest of them: one true decides, whatever is unknown. False of none. */
export function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes(null) ? null : false;
}

/** What is not known is not known to be otherwise either. */
export function not(truth: Truth): Truth {
  return truth === null ? null : !truth;
}
