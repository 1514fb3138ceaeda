// The runner: a process of its own beside one warm browser, because journeys are code that may do anything. The product
// tells it what to run, and kills both when it does not answer.
import '../journey/resolve.ts';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { type Launched, launch } from './launch.ts';
import type { FromRunner, RunTask, StartOrder, ToRunner } from './messages.ts';
import { type Running, runJourney } from './run.ts';
import { openStage, type Stage } from './stage.ts';

/** Asking ten processes for their memory takes some milliseconds. */
const RUNS_BETWEEN_MEMORY_LOOKS = 10;

const lifeline = new Worker(new URL('./lifeline.ts', import.meta.url));
const tell = (message: FromRunner) => void (process.connected && process.send!(message, () => {}));

let launched: Launched | undefined;
/** Opened after each run, so that the next one begins at once. */
let spare: Promise<Stage> | undefined;
let runs = 0;

let current: Running | undefined;

// A journey may forget to await: that fails its run, and must not end the runner. What fails after its end is nobody's.
process.on('unhandledRejection', (thrown) => current?.stray(thrown));
process.on('uncaughtException', (thrown) => current?.stray(thrown));
process.on('message', (message: ToRunner) => {
  if (message.type === 'start') void start(message);
  else if (message.type === 'run') void run(message).catch(broken);
  else void close();
});

async function start(order: StartOrder): Promise<void> {
  try {
    launched = await launch(order);
    lifeline.postMessage(launched.pid);
    launched.browser.on('disconnected', crashed);
    spare = openStage(launched.browser);
    await spare;
    tell({ type: 'ready', browserPid: launched.pid });
  } catch (thrown) {
    tell({
      type: 'broken',
      message: `Chromium at ${order.executablePath} did not start: ${firstLines(thrown)}`,
    });
  }
}

/** Nothing of a journey: the browser could not open a page, say. */
const broken = (thrown: unknown) => tell({ type: 'broken', message: firstLines(thrown) });

/** The channel is given a moment: the product is to know why. */
function crashed(): void {
  tell({ type: 'broken', message: 'the browser crashed' });
  setTimeout(() => process.exit(1), 50);
}

async function run(task: RunTask): Promise<void> {
  const { browser, memoryMib } = launched!;
  const warm = spare;
  spare = undefined;
  const stage = await (task.keepsEvidence
    ? openStage(browser, `${task.files}requests.har`)
    : (warm ?? openStage(browser)));
  current = runJourney(stage, task, tell);
  const { result, fit } = await current.ran;
  current = undefined;
  const isLooked = runs++ % RUNS_BETWEEN_MEMORY_LOOKS === 0;
  tell({ type: 'done', result, fit, memoryMib: isLooked ? await memoryMib() : 0 });
  if (fit) spare = task.keepsEvidence && warm ? warm : openStage(browser);
  spare?.catch(() => {});
}

async function close(): Promise<void> {
  launched?.browser.off('disconnected', crashed);
  await launched?.browser.close().catch(() => {});
  process.exit(0);
}

const firstLines = (thrown: unknown): string =>
  messageOf(thrown)
    .split('\n')
    .filter((line) => /error|sandbox|denied|failed|cannot/i.test(line))
    .slice(0, 3)
    .join(' ')
    .slice(0, 500) || messageOf(thrown).slice(0, 500);
