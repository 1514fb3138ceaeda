/** Names and values from telemetry are hostile: they are made visible and short here before a page shows them. */

/**
 * Characters that change or hide the text around them: controls, zero-width spaces, bidirectional embeddings and
 * isolates, the byte order mark. Joiners and the plain direction marks stay, because scripts and emoji need them.
 */
const HIDDEN =
  /[^\P{Cc}\n\t]|[\u00ad\u180e\u200b\u202a-\u202e\u2028\u2029\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const BLANK = /^[\s\u200c-\u200f\u3164\u115f\u1160\u2800]*$/;

/** Longest name put into a page; the rest is there on demand. */
export const NAME_LIMIT = 160;

/** The text with hidden characters written out as `\u202e`, so that what is shown is what was sent. */
export function visible(text: string): string {
  return text
    .replace(HIDDEN, (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`)
    .toWellFormed();
}

/** A name fit to be shown: visible, in one line, "(no name)" when there is nothing to see, cut at `limit`. */
export function label(name: string, limit: number = NAME_LIMIT): string {
  const head = visible(name.slice(0, limit + 1)).replace(/\s+/g, ' ');
  if (BLANK.test(head)) return '(no name)';
  return name.length > limit ? `${clip(head, limit)}…` : head;
}

/** Cut without splitting a surrogate pair. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
