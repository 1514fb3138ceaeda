/** The frame of `npm run rules -- …`: one table of commands, help, exit codes. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf, Problem } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';

export interface CommandInput {
  /** By name, as `node:util` parses them. */
  flags: Readonly<Record<string, string | boolean | undefined>>;
  /** What stands beside the flags. */
  args: readonly string[];
  /** Writes to stdout. */
  out: (text: string) => void;
}

export interface Command {
  /** One line for `--help`. */
  summary: string;
  /** After the name: `[FILES] [--json]`. */
  usage: string;
  options: ParseArgsOptionsConfig;
  /** A line for each argument and option. */
  help: readonly string[];
  /** Whether all is well. @throws Problem when it could not be found out */
  run(input: CommandInput): Promise<boolean>;
}

/**
 * Runs the command that `argv` names.
 * @param program what people type before the name, e.g. `npm run rules --`
 * @returns the exit code: 0 all is well, 1 something is wrong, 2 wrong usage
 */
export async function runCommand(
  program: string,
  commands: Readonly<Record<string, Command>>,
  argv: readonly string[],
  out: (text: string) => void,
  err: (text: string) => void,
): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h') {
    out(usageOfAll(program, commands));
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const close = nearest(name, Object.keys(commands));
    err(
      `There is no "${name}"${close ? `; did you mean "${close}"?` : '.'}\n\n${usageOfAll(program, commands)}`,
    );
    return 2;
  }
  const usage = `${program} ${name} ${command.usage}\n\n${command.summary}\n\n${command.help.map((line) => `  ${line}\n`).join('')}`;
  const parsed = parse(command, rest);
  if (typeof parsed === 'string') {
    err(`${parsed}\n\n${usage}`);
    return 2;
  }
  if (parsed.flags.help) {
    out(usage);
    return 0;
  }
  try {
    return (await command.run({ ...parsed, out })) ? 0 : 1;
  } catch (thrown) {
    err(`${messageOf(thrown)}\n`);
    return thrown instanceof Problem && thrown.code === 'usage' ? 2 : 1;
  }
}

function parse({ options }: Command, args: readonly string[]): Pick<CommandInput, 'flags' | 'args'> | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    return { flags: values as CommandInput['flags'], args: positionals };
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function usageOfAll(program: string, commands: Readonly<Record<string, Command>>): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}\n`);
  return `${program} COMMAND …\n\n${lines.join('')}\n${program} COMMAND --help tells more.\n`;
}
