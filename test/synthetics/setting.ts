import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from '../../synthetics/browser.ts';
import type { Environment } from '../../synthetics/journey/environment.ts';
import { loadJourney } from '../../synthetics/journey/load.ts';
import type { JourneyFile, JourneyOutcome, RunOrder } from '../../synthetics/runner/port.ts';
import { createJourneyRunner, type RunnerOptions, type WarmRunner } from '../../synthetics/runner/runner.ts';
import { makeFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';

/** The drill's journeys, good and bad. */
export const BAD_JOURNEYS = fileURLToPath(new URL('../../drills/probes/journeys', import.meta.url));

/** A runner with a real browser and what it takes to run a file once. */
export interface Setting {
  runner: WarmRunner;
  folder: string;
  load(file: string): Promise<JourneyFile>;
  run(file: string, order?: Partial<RunOrder>): Promise<JourneyOutcome>;
  /** Writes a journey and runs it. To read its definition from the file would take a process each time. */
  runText(text: string, order: Partial<RunOrder>, definition: Partial<JourneyFile>): Promise<JourneyOutcome>;
  dispose(): Promise<void>;
}

/** Start it once a file: a browser takes a second. */
export async function startRunner(
  environment: Environment,
  options: Partial<RunnerOptions> = {},
): Promise<Setting> {
  const browser = 'browser' in options ? null : await findBrowser('', process.env.PATH ?? '');
  if (browser === null && !('browser' in options))
    throw new Error(
      'These tests need a Chromium: npx playwright install chromium, or apt-get install chromium',
    );
  const { path: folder, remove } = makeFolder();
  const all = { PATH: process.env.PATH, ...environment };
  const runner = createJourneyRunner({
    browser,
    folder: join(folder, 'runner'),
    environment: all,
    log: recordingLog(),
    ...options,
  });
  const load = async (file: string): Promise<JourneyFile> => {
    const { journeys, problems } = await loadJourney(file, all);
    if (journeys[0] === undefined) throw new Error(problems.join('\n'));
    return journeys[0];
  };
  let written = 0;
  const runText: Setting['runText'] = (text, order, definition) => {
    const file = join(folder, `j${written++}.journey.ts`);
    const journey = { ...PLAIN, file, definition: file, ...definition };
    writeFileSync(journey.file, text);
    return runner.run(journey, { ...orderOf(journey), ...order });
  };
  return {
    runner,
    folder,
    load,
    runText,
    run: async (file, order) => {
      const journey = await load(file);
      return runner.run(journey, { ...orderOf(journey), ...order });
    },
    dispose: async () => {
      await runner.close();
      remove();
    },
  };
}

const PLAIN: Omit<JourneyFile, 'file' | 'definition'> = {
  ...{ name: 'test', every: 60_000, timeout: 30_000, tags: {}, locations: [], allow: [], secrets: {} },
  thresholds: { steps: {} },
};

/** What the schedule would order. */
export function orderOf(journey: JourneyFile): RunOrder {
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    timeoutMs: journey.timeout,
    keepsEvidence: false,
    allow: journey.allow,
  };
}
