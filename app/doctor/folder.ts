/** What the doctor looks at in the data folder itself: whose it is, how much room there is, its times. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration, formatSize } from '../../base/units.ts';
import type { Finding } from './finding.ts';
import { quoted } from './finding.ts';
import type { Check, Patient } from './patient.ts';

/** Below this the engine has no room to merge. */
const LEAST_FREE_BYTES = 1e9;
/** A clock may be set by so much without anybody noticing. */
const CLOCK_MS = 60_000;

export const folderCheck: Check = {
  name: 'Data folder',
  look: ({ folder }): Finding => {
    const name = 'Data folder';
    if (!existsSync(folder))
      return { name, verdict: 'ok', says: `${folder} is not there yet; the first start makes it` };
    const { uid, mode } = statSync(folder);
    const me = process.getuid?.() ?? uid;
    try {
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return {
        ...{ name, verdict: 'bad', says: `${folder} cannot be written by this user (${me})` },
        propose: `chown -R "$(id -u)" ${quoted(folder)}`,
      };
    }
    if (uid !== me)
      return {
        ...{ name, verdict: 'watch', says: `${folder} belongs to user ${uid}, this is user ${me}` },
        propose: 'Run Loopwatch and its commands as the user whose folder it is.',
      };
    if ((mode & 0o077) !== 0)
      return {
        ...{
          name,
          verdict: 'watch',
          says: `${folder} can be read by others (mode ${(mode & 0o777).toString(8)})`,
        },
        propose: `chmod 700 ${quoted(folder)}`,
      };
    return { name, verdict: 'ok', says: `${folder}, its owner's only` };
  },
};

export const roomCheck: Check = {
  name: 'Room',
  look: async ({ folder, config }): Promise<Finding> => {
    const name = 'Room';
    if (!existsSync(folder)) return { name, verdict: 'skipped', says: 'there is no data folder yet' };
    const { bavail, bsize, blocks } = await statfs(folder);
    const free = bavail * bsize;
    const says = `${formatSize(free)} of ${formatSize(blocks * bsize)} are free`;
    const propose = 'Make room, or give it less: --disk-budget, --journal-budget, --artifacts-budget.';
    if (free < LEAST_FREE_BYTES) return { name, verdict: 'bad', says, propose };
    const wanted = config['journal-budget'] + config['artifacts-budget'];
    return free < wanted
      ? {
          ...{ name, verdict: 'watch', propose },
          says: `${says}; journal and artefacts may take ${formatSize(wanted)}`,
        }
      : { name, verdict: 'ok', says };
  },
};

export const clockCheck: Check = {
  name: 'Clock',
  look: ({ folder, now }: Patient): Finding => {
    const name = 'Clock';
    const newest = Math.max(
      0,
      ...['state.db', 'state.db-wal', 'journal', 'lock.pid', join('engine', 'engine.pid')].map(
        (file) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0,
      ),
    );
    if (newest === 0) return { name, verdict: 'skipped', says: 'there is nothing to hold it against' };
    return newest > now + CLOCK_MS
      ? {
          ...{ name, verdict: 'bad' },
          says: `files were written ${formatDuration(newest - now)} in the future: the clock was set back, or is wrong`,
          propose: 'Set it by NTP: timedatectl set-ntp true',
        }
      : { name, verdict: 'ok', says: `${new Date(now).toISOString()}, no file is from the future` };
  },
};
