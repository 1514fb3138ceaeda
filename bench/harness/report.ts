/** What a bench or drill has to say: for people, for programs, and which hard promises were broken. */
export interface Report {
  title: string;
  rows: readonly (readonly [label: string, value: string])[];
  /** Fields of goals.md, printed as the last line. */
  result: Readonly<Record<string, string | number | boolean | null>>;
  /** A sentence for each broken promise; none means exit code 0. */
  broken: readonly string[];
}

/** Prints the table and the `RESULT` line to stdout. Returns the exit code. */
export function printReport({ title, rows, result, broken }: Report): 0 | 1 {
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
  const alarms = broken.map((sentence) => `BROKEN: ${sentence}`);
  process.stdout.write(['', title, ...lines, ...alarms, `RESULT ${JSON.stringify(result)}`, ''].join('\n'));
  return broken.length === 0 ? 0 : 1;
}

const began = performance.now();

/** A line of progress on stderr, with the seconds since the start. */
export function progress(sentence: string): void {
  process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${sentence}\n`);
}

/** Whole numbers with separators: `1,048,576`. */
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
