import { randomBytes } from 'node:crypto';
import { accessSync, constants, copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, Problem } from '../base/errors.ts';
import { makeFolders } from '../base/folder.ts';
import { createLog } from '../base/log.ts';
import { findBrowser } from '../synthetics/browser.ts';
import { loadJourney } from '../synthetics/journey/load.ts';
import { exceededThresholds } from '../synthetics/journey/thresholds.ts';
import type { JourneyFile, JourneyOutcome } from '../synthetics/runner/port.ts';
import { createJourneyRunner } from '../synthetics/runner/runner.ts';
import { readConfig } from './config.ts';
import { journeyReport } from './journey-report.ts';
import { takeScratchFolder } from './scratch-folder.ts';
import type { Config } from './settings.ts';

const EXIT = { passed: 0, failed: 1, usage: 2 };

const HELP = `Runs one journey once, here and now, as the schedule would.

Usage: npm run journey -- FILE [options]

  --headed        show the browser
  --keep FOLDER   keep screenshots, Playwright trace, HAR and console there
  --json          print the result as JSON
  --help          this text

Exit codes: 0 passed, 1 failed or slower than a threshold, 2 wrong usage or definition.
`;

/** The command `npm run journey`. Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let flags: ReturnType<typeof readFlags>;
  let config: Config;
  try {
    flags = readFlags(args);
    if (flags.values.help) {
      process.stdout.write(HELP);
      return EXIT.passed;
    }
    if (flags.positionals.length !== 1) throw new Error('Name one journey file.');
    config = readConfig({ args: [], env: process.env }) as Config;
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n\n${HELP}`);
    return EXIT.usage;
  }
  try {
    if (flags.values.keep !== undefined) makeKeepFolder(resolve(flags.values.keep));
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    return EXIT.usage;
  }
  const { journeys, problems } = await loadJourney(flags.positionals[0]!, process.env);
  const [journey] = journeys;
  if (journey === undefined) {
    process.stderr.write(problems.map((problem) => `${problem}\n`).join(''));
    return EXIT.usage;
  }
  return runOnce(journey, config, flags.values);
}

interface Wishes {
  headed?: boolean;
  json?: boolean;
  keep?: string;
}

async function runOnce(
  journey: JourneyFile,
  config: Config,
  { headed, json, keep }: Wishes,
): Promise<number> {
  const runner = createJourneyRunner({
    browser: await findBrowser(config['browser-path'], process.env.PATH ?? '', headed === true),
    folder: takeScratchFolder('journey'),
    environment: process.env,
    log: createLog(config['log-level']),
    headed: headed === true,
    said: (text) => void process.stderr.write(text),
  });
  const end = (signal: NodeJS.Signals) =>
    void runner.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const outcome = await runner.run(journey, {
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      timeoutMs: journey.timeout,
      keepsEvidence: keep !== undefined,
      allow: journey.allow,
    });
    const kept = keepFiles(outcome, keep);
    const exceeded = exceededThresholds(journey, kept);
    process.stdout.write(
      json
        ? `${JSON.stringify({ name: journey.name, ...kept, exceeded }, null, 2)}\n`
        : journeyReport(journey, kept),
    );
    return kept.verdict === 'passed' && exceeded.length === 0 ? EXIT.passed : EXIT.failed;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await runner.close();
  }
}

/** Before the run: it is not to be made in vain. @throws Problem `folder_unusable` */
function makeKeepFolder(folder: string): void {
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw new Problem(
      'folder_unusable',
      `The folder ${folder} cannot be written (${messageOf(thrown)}). Choose another with --keep.`,
    );
  }
}

/** Of a journey that passed nothing is kept unless asked for; of a failed one its screenshots are, to be looked at. */
function keepFiles(outcome: JourneyOutcome, keep: string | undefined): JourneyOutcome {
  if (keep === undefined && outcome.verdict === 'passed') return { ...outcome, artifacts: [] };
  const folder = keep === undefined ? mkdtempSync(join(tmpdir(), 'loopwatch-failed-')) : resolve(keep);
  const artifacts = outcome.artifacts.map((artifact) => {
    const path = join(folder, basename(artifact.path).replace(/^run-[0-9a-f]+-/, ''));
    copyFileSync(artifact.path, path);
    return { ...artifact, path };
  });
  return { ...outcome, artifacts };
}

function readFlags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      headed: { type: 'boolean' },
      json: { type: 'boolean' },
      keep: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

process.exitCode = await main(process.argv.slice(2));
