import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** One segment being written. Writes go to the end; nothing is promised until `sync` resolves. */
export interface JournalFile {
  append(buffers: readonly Uint8Array[]): Promise<void>;
  /** fdatasync: data and size are on the disk. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** What the journal needs of a file system; the tests have one that loses, tears and fails. Names are plain file names. */
export interface JournalFiles {
  list(): Promise<string[]>;
  /** A new file whose name survives a power cut. @throws when it exists */
  create(name: string): Promise<JournalFile>;
  read(name: string): Promise<Uint8Array>;
  /** Cuts a file of an earlier run to its first `bytes` and syncs it: what is left will be the same after a power cut. */
  settle(name: string, bytes: number): Promise<void>;
  /** Puts `whole` into the place of a damaged file, which is kept in `set-aside/`: both or neither, whatever happens. */
  salvage(name: string, whole: readonly Uint8Array[]): Promise<void>;
  remove(name: string): Promise<void>;
  /** Moves a file out of the way, into `set-aside/`. */
  setAside(name: string): Promise<void>;
  countSetAside(): Promise<number>;
  pathOf(name: string): string;
}

const SET_ASIDE = 'set-aside';

/** The real thing, in `folder`. */
export async function openJournalFiles(folder: string): Promise<JournalFiles> {
  await mkdir(join(folder, SET_ASIDE), { recursive: true, mode: 0o700 });
  const pathOf = (name: string) => join(folder, name);
  return {
    pathOf,
    list: async () =>
      (await readdir(folder, { withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name),
    create: async (name) => {
      const handle = await open(pathOf(name), 'wx', 0o600);
      await syncFolder(folder).catch(async (thrown) => {
        await handle.close();
        throw thrown;
      });
      return journalFile(handle);
    },
    read: (name) => readFile(pathOf(name)),
    settle: async (name, bytes) => {
      const handle = await open(pathOf(name), 'r+');
      try {
        await handle.truncate(bytes);
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },
    salvage: async (name, whole) => {
      await link(pathOf(name), join(folder, SET_ASIDE, name)).catch((error) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const copy = pathOf(`${name}.whole`);
      const handle = await open(copy, 'w', 0o600);
      try {
        await journalFile(handle).append(whole);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(copy, pathOf(name));
      await syncFolder(folder);
    },
    remove: (name) => rm(pathOf(name), { force: true }),
    setAside: (name) => rename(pathOf(name), join(folder, SET_ASIDE, name)),
    countSetAside: async () => (await readdir(join(folder, SET_ASIDE))).length,
  };
}

function journalFile(handle: FileHandle): JournalFile {
  return {
    append: async (buffers) => {
      let rest = buffers;
      while (rest.length > 0) {
        const { bytesWritten } = await handle.writev(rest);
        rest = after(rest, bytesWritten);
      }
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  };
}

/** What is left of `buffers` once their first `bytes` are written: a full disk can cut a gathered write short. */
function after(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = bytes;
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(buffer.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
