/** What a backup says of itself: written last, so that half a backup has none. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Problem } from '../../base/errors.ts';
import { hashOf, type Progress } from './copy.ts';

const FILE = 'manifest.json';
const FORMAT = 1;
/** Most complaints that are told one by one. */
const MOST_TOLD = 20;

/** Within the backup: no way out of it. */
const path = z.string().regex(/^(?:(?!\.{1,2}(?:\/|$))[^/\0\\]+\/)*(?!\.{1,2}$)[^/\0\\]+$/);

const manifest = z.strictObject({
  format: z.literal(FORMAT),
  /** Of the product that wrote it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  /** Whether the product went on meanwhile. */
  from: z.enum(['running', 'stopped']),
  /** `server`: the store is a ClickHouse server's and not in here. */
  store: z.enum(['embedded', 'server']),
  schema: z.strictObject({ hash: z.string(), state: z.number() }),
  files: z.array(
    z.strictObject({
      path,
      bytes: z.number().int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      /** Unix milliseconds; how long an artefact is kept goes by it. */
      modified: z.number(),
    }),
  ),
  /** Links within the store; a target is always a table's or a database's folder. */
  links: z.array(
    z.strictObject({
      path: z.string().regex(/^(?:metadata|data\/[\w%]+)\/[\w%]+$/),
      target: z.string().regex(/^(?:\.\.\/){1,2}store\/[0-9a-f]{3}\/[0-9a-f-]{36}\/?$/),
    }),
  ),
});

export type Manifest = z.infer<typeof manifest>;
export type ManifestFile = Manifest['files'][number];

/** Whether there is a whole backup in the folder, or what claims to be one. */
export const hasManifest = (folder: string): boolean => existsSync(join(folder, FILE));

/** Writes it, whole or not at all. */
export async function writeManifest(folder: string, content: Omit<Manifest, 'format'>): Promise<void> {
  const said = { format: FORMAT, ...content };
  const part = join(folder, `${FILE}.part`);
  const file = await open(part, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ ...said, sha256: digest(said) }, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, join(folder, FILE));
  const parent = await open(folder, 'r');
  await parent.sync().finally(() => parent.close());
}

/** @throws Problem `no_backup` | `backup_damaged` | `backup_newer` */
export function readManifest(folder: string): Manifest {
  if (!hasManifest(folder))
    throw new Problem(
      'no_backup',
      `${folder} holds no whole backup: there is no ${FILE}, which is written last. Take another one.`,
    );
  const damaged = (why: string) =>
    new Problem('backup_damaged', `${join(folder, FILE)} is damaged: ${why}. Take another backup.`);
  let said: Record<string, unknown>;
  try {
    const { sha256, ...rest } = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8')));
    if (digest(rest) !== sha256) throw damaged('its checksum is wrong');
    said = rest;
  } catch (thrown) {
    throw thrown instanceof Problem ? thrown : damaged('it is not what a backup writes');
  }
  if (said.format !== FORMAT)
    throw new Problem(
      'backup_newer',
      `The backup in ${folder} was written by Loopwatch ${said.version} in a form that this release does not know. Restore it with that release.`,
    );
  const parsed = manifest.safeParse(said);
  if (!parsed.success) throw damaged(parsed.error.issues[0]?.message ?? 'it is incomplete');
  return parsed.data;
}

/**
 * Reads every file of a backup and holds it against the manifest.
 * @throws Problem `backup_damaged` that names all that is missing or differs, up to twenty
 */
export async function checkFiles(
  folder: string,
  files: readonly ManifestFile[],
  progress: Progress,
): Promise<void> {
  const wrong: string[] = [];
  for (const file of files) {
    progress.signal?.throwIfAborted();
    const complaint = await complaintAbout(join(folder, file.path), file);
    if (complaint !== '') wrong.push(`  ${file.path}: ${complaint}`);
    progress.add(file.bytes);
  }
  if (wrong.length === 0) return;
  const more = wrong.length > MOST_TOLD ? [`  and ${wrong.length - MOST_TOLD} more`] : [];
  throw new Problem(
    'backup_damaged',
    [
      `The backup in ${folder} is damaged; nothing was restored:`,
      ...wrong.slice(0, MOST_TOLD),
      ...more,
      'Use another backup.',
    ].join('\n'),
  );
}

async function complaintAbout(path: string, { bytes, sha256 }: ManifestFile): Promise<string> {
  const about = statSync(path, { throwIfNoEntry: false });
  if (!about?.isFile()) return 'it is missing';
  if (about.size !== bytes) return `it has ${about.size} bytes instead of ${bytes}`;
  return (await hashOf(path)) === sha256 ? '' : 'its content has changed';
}

/** Of what it says; JSON keeps the order of keys. */
const digest = (said: object): string => createHash('sha256').update(JSON.stringify(said)).digest('hex');
