import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createLog } from '../../base/log.ts';
import { type Command, countFlag, type Flags, NotRun } from '../../bench/harness/command.ts';
import { percentile, rounded } from '../../bench/harness/percentile.ts';
import { progress, type Report } from '../../bench/harness/report.ts';
import { type Scratch, withScratch } from '../../bench/harness/scratch.ts';
import { startSite } from '../../bench/synthetics/site.ts';
import { findBrowser } from '../../synthetics/browser.ts';
import { loadJourney } from '../../synthetics/journey/load.ts';
import type { JourneyFile, JourneyOutcome } from '../../synthetics/runner/port.ts';
import { createJourneyRunner } from '../../synthetics/runner/runner.ts';
import { EXPECTED, HANGS_AND_CRASHES } from './expected.ts';
import { watchStrays } from './strays.ts';

const FOLDER = fileURLToPath(new URL('./journeys', import.meta.url));
const QUICK = ['loops', 'crashes-browser', 'meets-500', 'goes-to-file'];

/** Journeys that hang, crash and misbehave among good ones: each must be labelled right and nothing may stay behind. */
export const probes: Command = {
  summary: 'journeys that hang, loop and crash among good ones: labels, strays',
  options: { runs: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    '--runs N   good runs and, for each nine of them, one that hangs or crashes; after every bad journey once (500)',
    '--quick    a few of each, for CI',
  ],
  run: (flags) => withScratch((scratch) => drill(flags, scratch)),
};

interface Tally {
  runs: number;
  bad: number;
  mislabelled: string[];
  /** How long after its order a good run began, milliseconds: what a bad run before it cost. */
  waits: number[];
}

async function drill(flags: Flags, { folder, atEnd }: Scratch): Promise<Report> {
  const browser = await findBrowser(process.env.LOOPWATCH_BROWSER_PATH ?? '', process.env.PATH ?? '');
  if (browser === null) throw new NotRun('there is no Chromium on this machine.');
  const site = await startSite();
  atEnd(() => void site.close());
  const environment = { ...process.env, JOURNEY_SITE: site.url };
  const order = plan(flags);
  const journeys = await load([...new Set(order)], environment);
  const strays = watchStrays(process.pid);
  const log = createLog('warn');
  const runner = createJourneyRunner({ browser, folder: `${folder}/runner`, environment, log });
  const tally: Tally = { runs: 0, bad: 0, mislabelled: [], waits: [] };
  const run = async (name: string) => {
    const journey = journeys.find((one) => one.name === name)!;
    judge(name, await ordered(tally, () => runOnce(runner, journey)), tally);
  };
  await runner.warm();
  for (const name of order) {
    await run(name);
    if (tally.runs % 50 === 0) progress(`${tally.runs} runs, ${tally.mislabelled.length} labelled wrongly`);
  }
  await runner.close();
  return reportOf(tally, await strays.stop());
}

/** One after the other: each has a limit of its own. @throws Error when one of them cannot be read */
async function load(names: readonly string[], environment: NodeJS.ProcessEnv): Promise<JourneyFile[]> {
  const loaded: JourneyFile[] = [];
  for (const name of names) {
    const { journeys, problems } = await loadJourney(`${FOLDER}/${name}.journey.ts`, environment);
    if (journeys[0] === undefined) throw new Error(problems.join('\n'));
    loaded.push(journeys[0]);
  }
  return loaded;
}

/** Every bad journey once, each followed by a good run; then the mix. */
function plan(flags: Flags): string[] {
  const all = flags.quick ? QUICK : Object.keys(EXPECTED);
  const mixed = flags.quick ? 0 : countFlag(flags, 'runs', 500);
  const mix = Array.from({ length: mixed }, (_, n) =>
    n % 10 === 9 ? HANGS_AND_CRASHES[Math.floor(n / 10) % HANGS_AND_CRASHES.length]! : 'passes',
  );
  return [...all.flatMap((name) => [name, 'passes']), ...mix];
}

function runOnce(
  runner: ReturnType<typeof createJourneyRunner>,
  journey: JourneyFile,
): Promise<JourneyOutcome> {
  return runner.run(journey, {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    timeoutMs: journey.timeout,
    keepsEvidence: false,
    allow: journey.allow,
  });
}

async function ordered(tally: Tally, run: () => Promise<JourneyOutcome>): Promise<JourneyOutcome> {
  const at = Date.now();
  const outcome = await run();
  tally.waits.push(outcome.startedAt - at);
  return outcome;
}

function judge(name: string, { verdict, failure }: JourneyOutcome, tally: Tally): void {
  tally.runs++;
  const expected = EXPECTED[name];
  if (expected === undefined) {
    if (verdict !== 'passed') tally.mislabelled.push(`${name} did not pass: ${failure?.message}`);
    return;
  }
  tally.bad++;
  const isRight = failure?.class === expected[0] && expected[1].test(failure.message);
  if (!isRight)
    tally.mislabelled.push(
      `${name} should be ${expected[0]} (${expected[1]}), was ${failure ? `${failure.class}: ${failure.message}` : verdict}`,
    );
}

function reportOf({ runs, bad, mislabelled, waits }: Tally, strays: readonly string[]): Report {
  const waitP95 = percentile(waits, 0.95);
  return {
    title: 'Journeys that misbehave',
    rows: [
      ['runs', `${runs}, of which ${bad} bad`],
      ['labelled wrongly', `${mislabelled.length}`],
      ['order to first line', `p50 ${Math.round(percentile(waits, 0.5))} ms, p95 ${Math.round(waitP95)} ms`],
      ['stray processes', `${strays.length}`],
    ],
    result: {
      runs,
      bad,
      stray_processes: strays.length,
      mislabelled: mislabelled.length,
      start_p95_ms: rounded(waitP95),
    },
    broken: [
      ...mislabelled,
      ...(strays.length === 0 ? [] : [`${strays.length} processes stayed behind: ${strays.join('; ')}`]),
    ],
  };
}
