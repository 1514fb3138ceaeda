import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../base/errors.ts';

/**
 * What probes leave behind and what may therefore be stored. The ending of its file keeps the type: what is known of an
 * artefact is its name, so there is nothing beside it that could get lost.
 */
const ENDINGS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'application/zip': 'zip',
  'application/json': 'json',
  'text/plain': 'txt',
};
const TYPES = new Map(Object.entries(ENDINGS).map(([type, ending]) => [ending, type]));

/** Media types that may be stored. */
export const ARTIFACT_TYPES: readonly string[] = Object.keys(ENDINGS);

const FILE = /^([0-9a-f]{64})\.([a-z]+)$/;
/** A half-written file of a process that is gone. */
const ABANDONED_MS = 3_600_000;

export interface ArtifactLimits {
  /** Most that all of them may take together, bytes. */
  budgetBytes: number;
  /** How long one is kept after it was last sent, milliseconds. */
  retentionMs: number;
}

/** A stored artefact. */
export interface Artifact {
  type: string;
  content: Buffer<ArrayBuffer>;
}

interface Stored {
  path: string;
  bytes: number;
  /** When it was last sent, unix milliseconds. */
  at: number;
}

/** Screenshots, traces and the like, as files by the hash of their content, bounded in size and time. */
export class ArtifactStore {
  readonly #folder: string;
  readonly #limits: ArtifactLimits;
  readonly #now: () => number;
  /** Since the last sweep, as far as this process knows. */
  #bytes = 0;

  constructor(folder: string, limits: ArtifactLimits, now: () => number) {
    this.#folder = folder;
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * Stores it for good, or keeps what is there for longer. @param sha256 in lower-case hex
   * @throws Problem `hash_mismatch` | `wrong_media_type` | `too_large` | `no_room`
   */
  async put(sha256: string, type: string, content: Uint8Array): Promise<'created' | 'known'> {
    const ending = ENDINGS[type];
    if (ending === undefined)
      throw new Problem(
        'wrong_media_type',
        `"${type.slice(0, 100)}" is not stored; an artefact is one of ${ARTIFACT_TYPES.join(', ')}`,
      );
    if (createHash('sha256').update(content).digest('hex') !== sha256)
      throw new Problem(
        'hash_mismatch',
        'The body has another SHA-256 than the path; it was cut or changed on its way',
      );
    // One file must not cost all the others their place.
    if (content.length > this.#limits.budgetBytes / 4)
      throw new Problem('body_too_large', 'The artefact is larger than a quarter of --artifacts-budget');
    const folder = join(this.#folder, sha256.slice(0, 2));
    const path = join(folder, `${sha256}.${ending}`);
    const now = this.#now() / 1_000;
    // A page that does not change has the same screenshot for months.
    if (
      await utimes(path, now, now).then(
        () => true,
        () => false,
      )
    )
      return 'known';
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await write(path, content);
      await utimes(path, now, now);
    } catch (thrown) {
      throw new Problem('no_room', `The artefact cannot be written: ${(thrown as Error).message}`, {
        retryable: true,
      });
    }
    this.#bytes += content.length;
    if (this.#bytes > this.#limits.budgetBytes) await this.sweep();
    return 'created';
  }

  /** Null when there is none (any more). @param sha256 in lower-case hex */
  async read(sha256: string): Promise<Artifact | null> {
    const folder = join(this.#folder, sha256.slice(0, 2));
    const names = await readdir(folder).catch(() => []);
    const name = names.find((one) => FILE.exec(one)?.[1] === sha256);
    const type = TYPES.get(FILE.exec(name ?? '')?.[2] ?? '');
    if (name === undefined || type === undefined) return null;
    const content = await readFile(join(folder, name)).catch(() => null);
    return content === null ? null : { type, content };
  }

  /** Deletes what is too old, then the oldest until the rest is within the budget. @returns what is left, bytes */
  async sweep(): Promise<number> {
    const now = this.#now();
    const stored = await this.#list(now);
    let left = stored.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes, at } of stored.sort((a, b) => a.at - b.at)) {
      if (at >= now - this.#limits.retentionMs && left <= this.#limits.budgetBytes) break;
      await rm(path, { force: true });
      left -= bytes;
    }
    this.#bytes = left;
    return left;
  }

  async #list(now: number): Promise<Stored[]> {
    const found: Stored[] = [];
    for (const part of await readdir(this.#folder).catch(() => [])) {
      const folder = join(this.#folder, part);
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name);
        const about = await stat(path).catch(() => null);
        if (about === null) continue;
        if (FILE.test(name)) found.push({ path, bytes: about.size, at: about.mtimeMs });
        else if (about.mtimeMs < now - ABANDONED_MS) await rm(path, { force: true });
      }
    }
    return found;
  }
}

/** Whole or not at all: written beside its place, synced, then moved there. */
async function write(path: string, content: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.part`;
  const file = await open(beside, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.datasync();
  } catch (thrown) {
    await file.close();
    await rm(beside, { force: true });
    throw thrown;
  }
  await file.close();
  await rename(beside, path);
}
