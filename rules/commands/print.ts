/** How findings look: for people, for programs, for GitHub. */
import type { FileProblem } from '../../model/rule.ts';

export interface Finding extends FileProblem {
  severity: 'error' | 'warning';
}

/** Flags of every command that finds something. */
export const FORMATS = { json: { type: 'boolean' }, github: { type: 'boolean' } } as const;

/** Grouped by file, each with its place. */
export function printFindings(findings: readonly Finding[], out: (text: string) => void): void {
  for (const file of new Set(findings.map((finding) => finding.file))) {
    out(`${file}\n`);
    for (const { line, column, severity, message } of findings.filter((finding) => finding.file === file))
      out(`  ${`${line}:${column}`.padEnd(8)} ${severity.padEnd(8)} ${message}\n`);
    out('\n');
  }
}

/** A workflow command of GitHub Actions; its special characters are escaped as `@actions/core` does. */
export function annotation({ file, line, column, severity, message }: Finding): string {
  const property = (text: string) => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
  return `::${severity} file=${property(file)},line=${line},col=${column}::${data(message)}\n`;
}

function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

/** `1 rule`, `2 rules`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
