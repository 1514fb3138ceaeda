/** `npm run rules -- check | test | plan | replay | explain | receivers | schema`: the commands for people who write rules. */
import { Problem } from '../base/errors.ts';
import { createOutgoing } from '../base/outgoing.ts';
import { checkCommand } from '../rules/commands/check.ts';
import { type Command, runCommand } from '../rules/commands/command.ts';
import { explainCommand } from '../rules/commands/explain.ts';
import { planCommand } from '../rules/commands/plan.ts';
import { type Outlet, receiversCommand } from '../rules/commands/receivers.ts';
import { replayCommand } from '../rules/commands/replay.ts';
import { schemaCommand } from '../rules/commands/schema.ts';
import { testCommand } from '../rules/commands/test.ts';
import { readConfig } from './config.ts';
import { openStoreOf } from './rules-store.ts';

const FOLDER = 'rules';
const open = openStoreOf(process.env);

/** As the settings of the product have it: the file and the environment. */
function outlet(): Outlet {
  const config = readConfig({ args: [], env: process.env });
  if (config === 'help') throw new Problem('usage', 'See --help');
  return {
    send: createOutgoing({ allow: config['outgoing-allow'] }),
    externalUrl: `http://localhost:${config['http-port']}`,
    env: process.env,
  };
}

const commands: Record<string, Command> = {
  check: checkCommand(FOLDER),
  test: testCommand(FOLDER),
  plan: planCommand(FOLDER, open),
  replay: replayCommand(FOLDER, open),
  explain: explainCommand(FOLDER, open),
  receivers: receiversCommand(FOLDER, outlet),
  schema: schemaCommand(),
};

process.exitCode = await runCommand(
  'npm run rules --',
  commands,
  process.argv.slice(2),
  (text) => void process.stdout.write(text),
  (text) => void process.stderr.write(text),
);
