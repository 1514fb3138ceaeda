/** `npm run rules -- check | test | plan | replay | explain | schema`: the commands for people who write rules. */
import { checkCommand } from '../rules/commands/check.ts';
import { type Command, runCommand } from '../rules/commands/command.ts';
import { explainCommand } from '../rules/commands/explain.ts';
import { planCommand } from '../rules/commands/plan.ts';
import { replayCommand } from '../rules/commands/replay.ts';
import { schemaCommand } from '../rules/commands/schema.ts';
import { testCommand } from '../rules/commands/test.ts';
import { openStoreOf } from './rules-store.ts';

const FOLDER = 'rules';
const open = openStoreOf(process.env);

const commands: Record<string, Command> = {
  check: checkCommand(FOLDER),
  test: testCommand(FOLDER),
  plan: planCommand(FOLDER, open),
  replay: replayCommand(FOLDER, open),
  explain: explainCommand(FOLDER, open),
  schema: schemaCommand(),
};

process.exitCode = await runCommand(
  'npm run rules --',
  commands,
  process.argv.slice(2),
  (text) => void process.stdout.write(text),
  (text) => void process.stderr.write(text),
);
