import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { idle } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Check } from './checks/check.ts';
import { loadChecks } from './checks/load.ts';
import type { JourneyFile } from './runner/port.ts';
import { Lane } from './schedule/lane.ts';

/** What one file defines, and what is wrong with it, each problem beginning with the file. */
export interface Loaded {
  journeys: JourneyFile[];
  checks: Check[];
  problems: string[];
}

export interface DefinitionsOptions {
  /** Folder of `*.journey.ts` and `*.checks.yaml`; everything else in it is left alone. */
  folder: string;
  /** Reads one journey file. Never throws. */
  loadJourney: (path: string) => Promise<Pick<Loaded, 'journeys' | 'problems'>>;
  log: Log;
  /** Milliseconds the others wait for a file that takes long. */
  patienceMs?: number;
  /** Milliseconds, of any clock that only goes forward; default performance.now(). */
  monotonic?: () => number;
}

interface FileState {
  hash: string;
  /** The newest version without a problem, or of a first one what is right in it. */
  good: Loaded;
  /** By the monotonic clock. */
  readAt: number;
}

const JOURNEYS = '.journey.ts';
const CHECKS = '.checks.yaml';
const MAX_FILE_BYTES = 2 ** 20;
/** Files read at once; a journey's is read by a process of its own. */
const AT_ONCE = 4;
const ASIDE = 4;
const PATIENCE_MS = 3_000;
/** A file with a problem is read again: the machine may have been busy, or what it imports may be mended. */
const AGAIN_MS = 60_000;

/** The folder people put their journeys and checks in. A file that was broken by an edit keeps what it said before. */
export class Definitions {
  readonly #options: DefinitionsOptions;
  #files = new Map<string, FileState>();
  /** What is still being read, by path, with the hash of what. */
  readonly #loading = new Map<string, { hash: string; loaded: Promise<Loaded> }>();
  readonly #lane: Lane;
  #said = new Set<string>();
  #current: Loaded = { journeys: [], checks: [], problems: [] };

  constructor(options: DefinitionsOptions) {
    this.#options = options;
    this.#lane = new Lane({ places: AT_ONCE, patienceMs: this.#patienceMs, aside: ASIDE });
  }

  get #patienceMs(): number {
    return this.#options.patienceMs ?? PATIENCE_MS;
  }

  /** What is defined now; names are unique over all files. */
  get current(): Loaded {
    return this.#current;
  }

  /**
   * Reads what has changed, all files beside each other. One that takes longer than its patience is taken up by a later
   * look. Problems are logged when they appear. @returns true when what is defined changed
   */
  async refresh(): Promise<boolean> {
    const { folder, log } = this.#options;
    const entries = await readdir(folder).catch(() => [] as string[]);
    const names = entries.filter((name) => name.endsWith(JOURNEYS) || name.endsWith(CHECKS)).sort();
    const states = await Promise.all(
      names.map(async (name) => [name, await this.#read(join(folder, name), this.#files.get(name))] as const),
    );
    const files = new Map(states.flatMap(([name, state]) => (state === undefined ? [] : [[name, state]])));
    const isSame =
      files.size === this.#files.size && [...files].every(([name, state]) => this.#files.get(name) === state);
    if (isSame) return false;
    this.#files = files;
    this.#current = united([...files.values()].map(({ good }) => good));
    for (const problem of this.#current.problems) if (!this.#said.has(problem)) log.warn(problem);
    this.#said = new Set(this.#current.problems);
    return true;
  }

  /** @returns undefined when it is still being read for the first time */
  async #read(path: string, before: FileState | undefined): Promise<FileState | undefined> {
    const now = (this.#options.monotonic ?? performance.now.bind(performance))();
    const content = await readFile(path).catch(() => null);
    // Gone between the listing and now, or not ours to read: the next look decides.
    if (content === null && before !== undefined) return before;
    const hash = createHash('sha256')
      .update(content ?? '')
      .digest('hex');
    const isWorthAgain = (before?.good.problems.length ?? 0) > 0 && now - before!.readAt > AGAIN_MS;
    if (hash === before?.hash && !isWorthAgain) return before;
    const loaded = await this.#loadPatiently(path, hash, content);
    if (loaded === undefined) return before;
    const hadGood = before !== undefined && before.good.journeys.length + before.good.checks.length > 0;
    if (loaded.problems.length === 0 || !hadGood) return { hash, good: loaded, readAt: now };
    const kept = loaded.problems.map((problem) => `${problem} (what it said before goes on)`);
    return { hash, good: { ...before.good, problems: kept }, readAt: now };
  }

  /** @returns undefined when it takes longer; a later call with the same hash goes on waiting for the same */
  async #loadPatiently(path: string, hash: string, content: Buffer | null): Promise<Loaded | undefined> {
    let going = this.#loading.get(path);
    if (going?.hash !== hash) {
      const { promise: loaded, resolve } = Promise.withResolvers<Loaded>();
      this.#lane.enter(path, () => this.#load(path, content).then(resolve));
      going = { hash, loaded };
      this.#loading.set(path, going);
    }
    const loaded = await Promise.race([going.loaded, idle(this.#patienceMs)]);
    if (typeof loaded !== 'object') return undefined;
    this.#loading.delete(path);
    return loaded;
  }

  async #load(path: string, content: Buffer | null): Promise<Loaded> {
    const nothing = { journeys: [], checks: [] };
    if (content === null) return { ...nothing, problems: [`${path}: it cannot be read`] };
    if (content.length > MAX_FILE_BYTES)
      return { ...nothing, problems: [`${path}: it is larger than 1 MiB`] };
    if (path.endsWith(CHECKS)) return { ...nothing, ...loadChecks(content.toString('utf8'), path) };
    return this.#options
      .loadJourney(path)
      .then((loaded) => ({ ...nothing, ...loaded }))
      .catch((thrown) => ({ ...nothing, problems: [`${path}: ${messageOf(thrown)}`] }));
  }
}

/** All files as one; of two things of one name the first by its file's name stays. */
function united(files: readonly Loaded[]): Loaded {
  const all: Loaded = { journeys: [], checks: [], problems: files.flatMap(({ problems }) => problems) };
  const owners = new Map<string, string>();
  const isFirst = ({ name, file }: { name: string; file: string }): boolean => {
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, file);
    else all.problems.push(`${file}: "${name}" is the name of something in ${owner} already`);
    return owner === undefined;
  };
  for (const { journeys, checks } of files) {
    all.journeys.push(...journeys.filter(isFirst));
    all.checks.push(...checks.filter(isFirst));
  }
  return all;
}
