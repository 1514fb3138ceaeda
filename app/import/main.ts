import { messageOf, Problem } from '../../base/errors.ts';
import type { Signal } from '../../model/otlp.ts';
import { showProgress } from '../progress.ts';
import { NOUNS } from './faults.ts';
import { type Imported, startImport } from './import.ts';
import { HELP, type ImportOptions, readOptions } from './options.ts';
import { describe, formatLeft, thousands } from './progress.ts';

const EXIT = { ok: 0, leftOut: 1, usage: 2, interrupted: 130 };

process.exitCode = await main(process.argv.slice(2));

/** Runs the import that the command line asks for; resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let options: ImportOptions | 'help';
  try {
    options = readOptions(args, process.env);
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    return EXIT.usage;
  }
  if (options === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const began = performance.now();
  const run = startImport(options, { now: Date.now });
  const stopProgress = showProgress(process.stderr, (elapsedMs) => describe(run.moment(), elapsedMs));
  const end = () => {
    stopProgress();
    process.stdout.write(summary(run.imported, performance.now() - began));
  };
  process.once('SIGINT', () => {
    end();
    process.stdout.write('Interrupted; what is counted above is in.\n');
    process.exit(EXIT.interrupted);
  });
  try {
    await run.done;
    end();
    return run.imported.faults.count === 0 ? EXIT.ok : EXIT.leftOut;
  } catch (thrown) {
    end();
    process.stderr.write(
      `${thrown instanceof Problem ? thrown.message : ((thrown as Error).stack ?? thrown)}\n`,
    );
    return EXIT.leftOut;
  }
}

/** What went in, how fast, and what did not. */
function summary(
  { items, lines, batches, retries, shiftedBy, newest, faults }: Imported,
  ms: number,
): string {
  const all = items.traces + items.metrics + items.logs;
  const counted = (signal: Signal) =>
    `${thousands(items[signal])} ${NOUNS[signal]}${items[signal] === 1 ? '' : 's'}`;
  const rows = [
    `Imported ${counted('traces')}, ${counted('metrics')} and ${counted('logs')} in ${(ms / 1_000).toFixed(1)} s, ${thousands((all * 1_000) / ms)} a second.`,
    `  ${thousands(lines)} line${lines === 1 ? '' : 's'}, ${thousands(batches)} request${batches === 1 ? '' : 's'}, ${thousands(retries)} sent again`,
  ];
  if (shiftedBy !== 0n)
    rows.push(
      `  All times were moved by ${formatShift(shiftedBy)}: ${isoOf(newest)} became ${isoOf(newest + shiftedBy)}`,
    );
  const told = faults.report();
  if (told.length > 0) rows.push('Left out:', ...told.map((line) => `  ${printable(line)}`));
  return `${rows.join('\n')}\n`;
}

function isoOf(nanos: bigint): string {
  return new Date(Number(nanos / 1_000_000n)).toISOString();
}

function formatShift(nanos: bigint): string {
  const ms = Number(nanos / 1_000_000n);
  const text =
    Math.abs(ms) > 2 * 86_400_000
      ? `${(Math.abs(ms) / 86_400_000).toFixed(2)} days`
      : formatLeft(Math.abs(ms));
  return ms < 0 ? `${text} back` : text;
}

/** File names and reasons come from outside: control characters would drive the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd').slice(0, 1_000);
}
