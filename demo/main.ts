/** `npm run demo`: something to watch. */
import { systemClock } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import { DemoClient, faultTable, workerTable } from './client.ts';
import { type Command, HELP, parseCommandLine, type StartOptions } from './command-line.ts';
import { startDemo } from './start.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };
/** npm passes Ctrl-C on to a process that the terminal has told already; only a later one is meant. */
const SECOND_SIGNAL_AFTER_MS = 1_000;

const write = (text: string): void => void process.stdout.write(text);
const say = (line: string): void => write(`${line}\n`);

process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommandLine(argv);
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    return EXIT.usage;
  }
  try {
    return await run(command);
  } catch (thrown) {
    process.stderr.write(
      `${thrown instanceof Problem ? thrown.message : ((thrown as Error).stack ?? thrown)}\n`,
    );
    return thrown instanceof Problem && thrown.cause === EXIT.usage ? EXIT.usage : EXIT.failed;
  }
}

async function run(command: Command): Promise<number> {
  if (command.kind === 'help') write(HELP);
  else if (command.kind === 'start') return start(command.options);
  else await ask(new DemoClient(command.controlPort), command);
  return EXIT.ok;
}

async function ask(
  client: DemoClient,
  command: Exclude<Command, { kind: 'help' } | { kind: 'start' }>,
): Promise<void> {
  const now = systemClock.now;
  if (command.kind === 'faults') write(faultTable(await client.faults(), now()));
  else if (command.kind === 'fault') {
    const fault = command.end
      ? await client.end(command.name)
      : await client.begin(command.name, command.for);
    write(faultTable([fault], now()));
  } else if (command.count === null) write(workerTable((await client.state()).workers));
  else say((await client.scale(command.count)).detail);
}

async function start(options: StartOptions): Promise<number> {
  const asked = stopSignal();
  say(options.attach === null ? 'Starting Loopwatch and a shop to watch.' : 'Starting a shop to watch.');
  const demo = await startDemo(options, say);
  write(demo.banner);
  if (options.story) demo.tellStory().catch((error) => say(`The story ends here: ${messageOf(error)}`));
  const end = await Promise.race([asked, demo.broken]);
  say(end ?? 'Stopping: visitors first, then the shop, then Loopwatch.');
  await demo.stop();
  return end === undefined ? EXIT.ok : EXIT.failed;
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one does not wait: the children notice and end. */
function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const stop = () => {
      first ??= systemClock.now();
      if (systemClock.now() - first > SECOND_SIGNAL_AFTER_MS) process.exit(EXIT.interrupted);
      resolve(undefined);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  });
}
