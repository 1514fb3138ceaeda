import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JourneyFile } from '../runner/port.ts';
import type { JourneyDefinition } from './definition.ts';
import { cleanEnvironment, type Environment } from './environment.ts';

const SUFFIX = '.journey.ts';
const DESCRIBE = fileURLToPath(new URL('./describe.ts', import.meta.url));
const IMPORT_LIMIT_MS = 10_000;

/** What a folder holds; a file with problems is told of and left out, the others work. */
export interface LoadedJourneys {
  journeys: JourneyFile[];
  /** Sentences that begin with the file. */
  problems: string[];
}

/**
 * Reads every `*.journey.ts` of a folder (not below it), by name; a folder that is not there has none. Journeys of one
 * name are a problem: only the first is kept.
 */
export async function loadJourneys(folder: string, environment: Environment): Promise<LoadedJourneys> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const loaded: LoadedJourneys = { journeys: [], problems: [] };
  for (const name of names.filter((one) => one.endsWith(SUFFIX)).sort()) {
    const one = await loadJourney(join(folder, name), environment);
    loaded.problems.push(...one.problems);
    for (const journey of one.journeys) {
      const twin = loaded.journeys.find((other) => other.name === journey.name);
      if (twin === undefined) loaded.journeys.push(journey);
      else loaded.problems.push(`${journey.file}: "${journey.name}" is the name of ${twin.file} already`);
    }
  }
  return loaded;
}

/** Reads one journey file: one journey, or its problems. Its code runs in a process of its own, for at most 10 s. */
export async function loadJourney(path: string, environment: Environment): Promise<LoadedJourneys> {
  const file = resolve(path);
  const text = await readFile(file).catch(() => undefined);
  if (text === undefined) return { journeys: [], problems: [`${file}: it cannot be read`] };
  const answer = await describe(file, environment);
  if ('problems' in answer)
    return { journeys: [], problems: answer.problems.map((problem) => `${file}: ${problem}`) };
  const definition = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { journeys: [{ ...answer, file, definition }], problems: [] };
}

type Answer = JourneyDefinition | { problems: string[] };

function describe(file: string, environment: Environment): Promise<Answer> {
  const child = fork(DESCRIBE, [file], {
    env: cleanEnvironment(environment),
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: IMPORT_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  return new Promise((done) => {
    child.once('message', (answer) => done(answer as Answer));
    child.once('error', (thrown) => done({ problems: [`it cannot be read: ${thrown.message}`] }));
    child.once('exit', (code) =>
      done({
        problems: [
          code === null
            ? `importing it did not end within ${IMPORT_LIMIT_MS / 1_000} s; the work belongs in the journey's function`
            : `importing it ended the process with code ${code}`,
        ],
      }),
    );
  });
}
