/** Files from here to there, with their checksums. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How far it is. */
export interface Progress {
  add(bytes: number): void;
  /** Somebody wants it to end. */
  signal?: AbortSignal;
}

const CHUNK = 1 << 20;
/** Each small file waits for the disk: together they wait once. */
const AT_ONCE = 8;

export interface Copied {
  bytes: number;
  sha256: string;
  /** Unix milliseconds. */
  modified: number;
}

/**
 * A synced copy with its time, readable by its owner only. @throws the system's error; also when `to` is there already
 */
export async function copyFile(from: string, to: string, progress: Progress): Promise<Copied> {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  const source = await open(from, 'r');
  try {
    const { mtimeMs } = await source.stat();
    const target = await open(to, 'wx', 0o600);
    try {
      const { bytes, sha256 } = await pour(source, target, progress);
      await target.utimes(mtimeMs / 1_000, mtimeMs / 1_000);
      await target.datasync();
      return { bytes, sha256, modified: mtimeMs };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Does it for all of them, several at once, in their order. @throws what the first failure throws, when all have ended */
export async function forAll<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of left) {
      if (failed) return;
      await work(item).catch((thrown) => {
        failed = true;
        throw thrown;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** Syncs a file that is in the backup already; what the manifest says of it. */
export async function describeFile(path: string): Promise<Copied> {
  const file = await open(path, 'r+');
  await file.datasync().finally(() => file.close());
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, sha256: await hashOf(path), modified: mtimeMs };
}

/** SHA-256 of a file's content, in lower-case hex. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function pour(
  source: FileHandle,
  target: FileHandle,
  progress: Progress,
): Promise<Pick<Copied, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let bytes = 0;
  for (;;) {
    progress.signal?.throwIfAborted();
    const { bytesRead } = await source.read(buffer, 0, CHUNK, bytes);
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    for (let at = 0; at < bytesRead; )
      at += (await target.write(chunk, at, bytesRead - at, bytes + at)).bytesWritten;
    bytes += bytesRead;
    progress.add(bytesRead);
  }
}
