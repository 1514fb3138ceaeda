/** What the doctor looks at in the store. */
import { formatDuration, formatSize } from '../../base/units.ts';
import { inspectStore, type StoreInspection } from '../../store/inspect.ts';
import { counted, type Finding } from './finding.ts';
import type { Check } from './patient.ts';

const NAME = 'Store';
const CLOCK_MS = 5_000;
const LEAST_FREE_BYTES = 1e9;

export const storeCheck: Check = {
  name: NAME,
  look: async ({ engine, why, state, config }): Promise<Finding | Finding[]> => {
    if (engine === null)
      return why === ''
        ? { name: NAME, verdict: 'skipped', says: 'there is none yet' }
        : {
            ...{ name: NAME, verdict: 'bad', says: `it does not open: ${why}` },
            propose:
              state === 'running'
                ? 'What arrives is kept in the journal. See the log; when it does not come back, restart Loopwatch.'
                : 'See docs/operations.md; "npm run restore" puts a backup into another folder.',
          };
    const seen = await inspectStore(engine);
    const findings = [size(seen), schema(seen), parts(seen)];
    return config['clickhouse-url'] === '' ? findings : [...findings, clock(seen)];
  },
};

function size({ version, bytes, rows, oldest, freeBytes }: StoreInspection): Finding {
  const since = oldest === '' ? 'no data yet' : `since ${oldest}`;
  const free = freeBytes === null ? '' : `, ${formatSize(freeBytes)} free on its disk`;
  const says = `ClickHouse ${version}, ${rows.toLocaleString('en-US')} rows, ${formatSize(bytes)}, ${since}${free}`;
  return freeBytes !== null && freeBytes < LEAST_FREE_BYTES
    ? {
        name: NAME,
        verdict: 'bad',
        says,
        propose: 'Make room on the disk of the store, or lower --disk-budget.',
      }
    : { name: NAME, verdict: 'ok', says };
}

function schema({ missing, foreign }: StoreInspection): Finding {
  const name = 'Schema';
  if (foreign.length > 0)
    return {
      ...{
        name,
        verdict: 'bad',
        says: `steps that this release does not know or knows otherwise: ${foreign.join(', ')}`,
      },
      propose: 'Start the release that wrote it, or use another data folder.',
    };
  if (missing.length > 0)
    return {
      ...{
        name,
        verdict: 'watch',
        says: `${counted(missing.length, 'step')} behind this release; the next start adds them`,
      },
      propose: 'Take a backup first: npm run backup -- DIR',
    };
  return { name, verdict: 'ok', says: "this release's" };
}

function parts({ detached }: StoreInspection): Finding {
  const name = 'Parts';
  if (detached.length === 0) return { name, verdict: 'ok', says: 'none is broken or detached' };
  const told = detached.map(({ table, reason, parts }) => `${table}: ${parts}${reason && ` (${reason})`}`);
  return {
    ...{ name, verdict: 'watch', says: `the engine has put parts aside: ${told.join(', ')}` },
    propose:
      'Their rows are missing. Keep the folders "detached" below engine/store/store until a backup is restored, or they are not needed.',
  };
}

function clock({ clockMs }: StoreInspection): Finding {
  const name = 'Clock of store';
  const off = Math.abs(clockMs);
  return off > CLOCK_MS
    ? {
        ...{ name, verdict: 'bad', says: `it differs from this machine's by ${formatDuration(off)}` },
        propose: 'Set both by NTP: timedatectl set-ntp true',
      }
    : { name, verdict: 'ok', says: `within ${CLOCK_MS / 1_000} s of this machine's` };
}
