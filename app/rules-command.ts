/** `npm run rules -- check | test | schema`: the commands for people who write rules. */
import { checkCommand } from '../rules/commands/check.ts';
import { type Command, runCommand } from '../rules/commands/command.ts';
import { schemaCommand } from '../rules/commands/schema.ts';
import { testCommand } from '../rules/commands/test.ts';

const FOLDER = 'rules';

const commands: Record<string, Command> = {
  check: checkCommand(FOLDER),
  test: testCommand(FOLDER),
  schema: schemaCommand(),
};

process.exitCode = await runCommand(
  'npm run rules --',
  commands,
  process.argv.slice(2),
  (text) => void process.stdout.write(text),
  (text) => void process.stderr.write(text),
);
