import { resolve } from 'node:path';
import { Problem } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../settings.ts';

export interface BackupOptions {
  /** Absolute. */
  folder: string;
  /** Milliseconds the journal may take to be stored. */
  waitMs: number;
  config: Config;
}

const WAIT = '5m';

export const HELP = {
  backup: `Copies everything of a data folder into an empty or a new folder: store, rules' state and incidents, artefacts,
journal. Loopwatch may run meanwhile: what it has acknowledged before the command is in the backup.

Usage: npm run backup -- DIR [settings]

  --wait TIME   while Loopwatch runs: how long to wait until that is stored (${WAIT})

Settings are those of "npm start" (--data-dir and so on). With --clickhouse-url the data itself is that server's, and its own
backup is told.

Exit codes: 0 DIR holds a backup, 1 it does not, 2 wrong usage.
`,
  restore: `Puts a backup into an empty or a new data folder. The backup is checked whole before anything is written.

Usage: npm run restore -- DIR [settings]

Settings are those of "npm start": --data-dir says where to. Start Loopwatch with the same afterwards.

Exit codes: 0 restored, 1 not restored, 2 wrong usage.
`,
};

/** @throws Problem `usage` or `invalid_config` */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): BackupOptions | 'help' {
  if (args.includes('--help') || args.includes('-h')) return 'help';
  const [folder, ...rest] = args;
  if (folder === undefined || folder.startsWith('-'))
    throw new Problem('usage', 'Name the folder of the backup first, e.g. npm run backup -- backups/monday');
  const at = rest.findIndex((arg) => arg === '--wait' || arg.startsWith('--wait='));
  let wait = WAIT;
  if (at >= 0) {
    const [given, value] = rest.splice(at, rest[at] === '--wait' ? 2 : 1);
    wait = given === '--wait' ? (value ?? '') : given!.slice('--wait='.length);
  }
  const config = readConfig({ args: rest, env });
  if (config === 'help') return 'help';
  return { folder: resolve(folder), waitMs: parseDuration(wait), config };
}
