import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf } from '../../base/errors.ts';
import { printReport, type Report } from './report.ts';

/** Values of the flags, by name, as `node:util` parses them. */
export type Flags = Record<string, string | boolean | undefined>;

/** One bench or drill. */
export interface Command {
  /** One line for `--help`. */
  summary: string;
  options: ParseArgsOptionsConfig;
  /** A line for each option. */
  help: readonly string[];
  run(flags: Flags): Promise<Report>;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

/** This machine does not allow what the command needs; the message says what. Exit code 3, and nothing is claimed. */
export class NotRun extends Error {}

/**
 * Runs the command that `argv` names, prints its report and ends the process: 0 all promises kept, 1 one broken or the
 * run failed, 2 wrong usage, 3 not possible here.
 * @param program what people type before the name, e.g. `npm run bench --`
 */
export async function runCommand(
  program: string,
  commands: Readonly<Record<string, Command>>,
  argv: readonly string[],
): Promise<never> {
  process.exit(await exitCodeOf(program, commands, argv));
}

async function exitCodeOf(
  program: string,
  commands: Readonly<Record<string, Command>>,
  [name, ...rest]: readonly string[],
): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(usage(program, commands));
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (!command) throw new UsageError(`There is no "${name}".`);
    const flags = flagsOf(command, rest);
    if (flags.help) {
      process.stdout.write(usageOf(program, name, command));
      return 0;
    }
    return printReport(await command.run(flags));
  } catch (thrown) {
    if (thrown instanceof NotRun) {
      process.stderr.write(`NOT RUN: ${thrown.message}\n`);
      return 3;
    }
    if (!(thrown instanceof UsageError)) {
      process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown}\n`);
      return 1;
    }
    process.stderr.write(
      `${thrown.message}\n\n${command ? usageOf(program, name, command) : usage(program, commands)}`,
    );
    return 2;
  }
}

function flagsOf(command: Command, args: readonly string[]): Flags {
  try {
    const options = { ...command.options, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args: [...args], options, strict: true }).values as Flags;
  } catch (thrown) {
    throw new UsageError(messageOf(thrown));
  }
}

/** A whole number above 0. @throws UsageError */
export function countFlag(flags: Flags, name: string, otherwise: number): number {
  const text = flags[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0)
    throw new UsageError(`--${name} wants a whole number above 0, not "${text}".`);
  return value;
}

function usage(program: string, commands: Readonly<Record<string, Command>>): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`);
  return `Usage: ${program} <name> [options]     (${program} <name> --help for its options)\n\n${lines.join('\n')}\n`;
}

function usageOf(program: string, name: string, { summary, help }: Command): string {
  return `${program} ${name}: ${summary}\n\n${help.map((line) => `  ${line}\n`).join('')}`;
}
