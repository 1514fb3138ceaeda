/** A change of a file as `git apply` takes it: pure. */

const CONTEXT = 3;

/**
 * The unified diff of two texts with the same number of lines, which is what replacing values within lines leaves. ''
 * when nothing differs. @param file path below the folder of rules
 */
export function unifiedDiff(file: string, before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const changed = old.flatMap((line, i) => (line === now[i] ? [] : [i]));
  if (changed.length === 0 || old.length !== now.length) return '';
  // The empty text behind the last line break is no line.
  const lines = old.at(-1) === '' ? old.length - 1 : old.length;
  const hunks: [first: number, last: number][] = [];
  for (const i of changed) {
    const [first, last] = [Math.max(0, i - CONTEXT), Math.min(lines - 1, i + CONTEXT)];
    const open = hunks.at(-1);
    if (open && first <= open[1] + 1) open[1] = last;
    else hunks.push([first, last]);
  }
  const body = hunks.flatMap(([first, last]) => hunkOf(old, now, first, last, lines === old.length));
  return [`--- a/${file}`, `+++ b/${file}`, ...body, ''].join('\n');
}

/** Runs of changed lines: all of the old, then all of the new. */
function hunkOf(
  old: readonly string[],
  now: readonly string[],
  first: number,
  last: number,
  isOpenEnded: boolean,
): string[] {
  const out = [`@@ -${first + 1},${last - first + 1} +${first + 1},${last - first + 1} @@`];
  const isEnd = (i: number) => isOpenEnded && i === old.length - 1;
  const put = (sign: string, text: string, i: number) =>
    out.push(`${sign}${text}`, ...(isEnd(i) ? ['\\ No newline at end of file'] : []));
  for (let i = first; i <= last; ) {
    let end = i;
    while (end <= last && old[end] !== now[end]) end++;
    for (let at = i; at < end; at++) put('-', old[at]!, at);
    for (let at = i; at < end; at++) put('+', now[at]!, at);
    if (end === i) put(' ', old[end++]!, i);
    i = end;
  }
  return out;
}
