/** What the doctor says: one finding for each thing that was looked at. */
export type Verdict = 'ok' | 'watch' | 'bad' | 'skipped';

export interface Finding {
  /** What was looked at, in a word or two. */
  name: string;
  verdict: Verdict;
  /** One sentence: what was seen. */
  says: string;
  /** What could be done, where something could: a sentence, or a command to copy. */
  propose?: string;
}

const GLYPH: Record<Verdict, string> = { ok: '✓', watch: '!', bad: '✗', skipped: '–' };
const COLOUR: Record<Verdict, number> = { ok: 32, watch: 33, bad: 31, skipped: 90 };

/** Aligned for people: glyph, word, name, what was seen, and below it what to do. */
export function findingsText(findings: readonly Finding[], colours: boolean): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const indent = ' '.repeat('✓ skipped  '.length + width + 2);
  return findings
    .map(({ name, verdict, says, propose }) => {
      const word = `${GLYPH[verdict]} ${verdict.padEnd(7)}`;
      const shown = colours ? `\x1b[${COLOUR[verdict]}m${word}\x1b[0m` : word;
      const lines = [`${shown}  ${name.padEnd(width)}  ${printable(says)}`];
      if (propose !== undefined)
        lines.push(...propose.split('\n').map((line) => `${indent}→ ${printable(line)}`));
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

/** `12 ok, 1 to watch, 1 bad, 2 skipped.` */
export function summaryText(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length;
  const told: [Verdict, string][] = [
    ['ok', 'ok'],
    ['watch', 'to watch'],
    ['bad', 'bad'],
    ['skipped', 'skipped'],
  ];
  const parts = told.flatMap(([verdict, word]) => (count(verdict) > 0 ? [`${count(verdict)} ${word}`] : []));
  return `${parts.join(', ')}. Nothing was changed.\n`;
}

/** Names come from outside: control characters would drive the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '\ufffd');

/** `1 segment`, `2 segments`. */
export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** An argument for a shell. */
export const quoted = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
