import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { startProduct } from '../../bench/harness/product.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { type Scratch, withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { brokenIn, type Findings, settle } from '../harness/findings.ts';
import { Load } from '../harness/load.ts';
import { mountSmallDisk } from './filesystem.ts';

/** Which disk is full: the one with everything, or that of the embedded store alone. */
const PLACES = ['data', 'store'] as const;
type Place = (typeof PLACES)[number];

const SECONDS = { full: 20, quick: 4 };
const RATE = { full: 10_000, quick: 5_000 };
const BEFORE_MS = 1_000;
const DISK_BYTES = 512 * 2 ** 20;
const SPANS_PER_REQUEST = 512;
const ACCEPTS_WITHIN_MS = 30_000;

/** `drill -- disk-full` of goals.md: a full disk refuses, loses nothing, and is forgotten once there is room. */
export const diskFull: Command = {
  summary: 'the disk fills up under load: 503 instead of lost data, and recovery once there is room',
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--seconds N   how long there is no room (default ${SECONDS.full})`,
    '--seed N      another workload (default 1)',
    `--quick       ${SECONDS.quick} seconds, under 20 s in all`,
    'Mounts a tmpfs, so it runs as root only; elsewhere it says so and exits with 3.',
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const seconds = countFlag(flags, 'seconds', SECONDS[size]);
    const seed = countFlag(flags, 'seed', 1);
    return withScratch(async (scratch) => {
      // Side by side: what they wait for is mostly time.
      const outcomes = await Promise.all(
        PLACES.map((place) =>
          fillUp(
            scratch,
            place,
            seconds,
            new Load({ seed, rate: RATE[size], spansPerRequest: SPANS_PER_REQUEST }),
          ),
        ),
      );
      return report(seconds, outcomes);
    });
  },
};

interface Outcome {
  place: Place;
  load: Load;
  /** Requests refused with 503 until there was room again. */
  refused: number;
  /** Sends were taken again after room was made, by the same process. */
  acceptsAgain: boolean;
  found: Findings;
}

async function fillUp(scratch: Scratch, place: Place, seconds: number, load: Load): Promise<Outcome> {
  const dataDir = join(scratch.folder, place);
  const disk = mountSmallDisk(scratch, place === 'data' ? dataDir : join(dataDir, 'engine'), DISK_BYTES);
  const product = await startProduct({ dataDir, atEnd: scratch.atEnd });
  load.start(product.otlpUrl);
  await pause(BEFORE_MS);
  progress(`${place}: no room`);
  disk.fill();
  await pause(seconds * 1_000);
  const refused = load.refused.get(503) ?? 0;
  disk.free();
  const before = load.acked.size;
  progress(`${place}: room again, ${refused} requests were refused`);
  const acceptsAgain = await within(() => load.acked.size > before);
  await load.stop();
  const found = await settle(load, product);
  return { place, load, refused, acceptsAgain, found };
}

async function within(condition: () => boolean): Promise<boolean> {
  try {
    await waitUntil('requests are taken again', ACCEPTS_WITHIN_MS, async () => condition(), 50);
    return true;
  } catch {
    return false;
  }
}

function report(seconds: number, outcomes: readonly Outcome[]): Report {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
  const recovered = outcomes.every(({ acceptsAgain, found }) => acceptsAgain && found.setAside === 0);
  return {
    title: `No room for ${seconds} s: the disk of everything, and that of the store alone`,
    rows: outcomes.flatMap(({ place, load, acceptsAgain, found }) => [
      [`${place} acknowledged`, `${thousands(found.acked)} spans`] as const,
      [`${place} lost`, `${thousands(found.lost)}, ${found.setAside} segments set aside`] as const,
      [`${place} refused`, `${load.refusals}, ${load.unanswered} without an answer`] as const,
      [`${place} recovered`, acceptsAgain ? 'yes' : 'no'] as const,
    ]),
    result: {
      acked: sum(({ found }) => found.acked),
      lost: sum(({ found }) => found.lost),
      recovered,
    },
    broken: outcomes.flatMap((outcome) =>
      brokenBy(outcome).map((sentence) => `${outcome.place}: ${sentence}`),
    ),
  };
}

function brokenBy({ place, load, refused, acceptsAgain, found }: Outcome): string[] {
  const broken = brokenIn(found);
  const wrong = [...load.refused.keys()].filter((status) => status !== 503);
  if (wrong.length > 0) broken.push(`requests were answered with ${wrong.join(', ')}`);
  if (load.unanswered > 0) broken.push(`${load.unanswered} requests got no answer`);
  if (load.withoutRetryAfter > 0) broken.push(`${load.withoutRetryAfter} refusals without Retry-After`);
  if (place === 'data' && refused === 0) broken.push('nothing was refused, so the disk was not full');
  if (place === 'store' && refused > 0)
    broken.push(`${refused} requests were refused though the journal had room`);
  if (!acceptsAgain) broken.push('it did not take requests again once there was room');
  return broken;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
