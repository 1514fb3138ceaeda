/** What the doctor looks at in the journal. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { formatDuration, formatSize } from '../../base/units.ts';
import { scan } from '../../collector/journal/frame.ts';
import { rowsOfTokens } from '../../store/inspect.ts';
import { counted, type Finding, quoted } from './finding.ts';
import type { Check, Patient } from './patient.ts';

/** What waits longer than this for a store that answers is worth a look. */
const LATE_MS = 60_000;
/** Most bytes that are read to look for damage. */
const MOST_READ_BYTES = 2 ** 30;

interface SegmentFile {
  name: string;
  path: string;
  bytes: number;
  /** Of its last change, unix milliseconds. */
  at: number;
}

export const journalCheck: Check = {
  name: 'Journal',
  look: ({ folder, state, now, config }): Finding => {
    const name = 'Journal';
    const waiting = segmentsIn(join(folder, 'journal'));
    if (waiting.length === 0) return { name, verdict: 'ok', says: 'empty: the store has everything' };
    const bytes = waiting.reduce((sum, one) => sum + one.bytes, 0);
    const age = Math.max(0, now - Math.min(...waiting.map(({ at }) => at)));
    const says = `${counted(waiting.length, 'segment')}, ${formatSize(bytes)}, wait for the store, the oldest for ${formatDuration(age)}`;
    // While it grows, its end is always torn.
    const hurt = state === 'running' ? [] : waiting.flatMap(damageOf);
    if (hurt.length > 0)
      return {
        ...{ name, verdict: 'watch', says: `${says}; ${hurt.join('; ')}` },
        propose:
          'Nothing to do: the next start keeps every whole request and sets a damaged segment aside. What was torn off was never acknowledged.',
      };
    if (bytes > config['journal-budget'] * 0.8)
      return {
        ...{
          name,
          verdict: 'bad',
          says: `${says}; --journal-budget is ${formatSize(config['journal-budget'])}`,
        },
        propose: 'See why the store does not take it (log, Store below); senders get 503 when it is full.',
      };
    if (state === 'running' && age > LATE_MS)
      return { name, verdict: 'watch', says, propose: 'See why the store is slow (log, Store below).' };
    return { name, verdict: 'ok', says: state === 'running' ? says : `${says}; the next start stores them` };
  },
};

/** What is wrong with a segment that nobody writes; nothing for one that is whole. */
function damageOf({ name, path, bytes }: SegmentFile): string[] {
  if (bytes > MOST_READ_BYTES) return [];
  try {
    const { requests, wholeBytes, damaged } = scan(readFileSync(path));
    if (damaged) return [`${name} is damaged in its middle`];
    if (requests.length === 0) return [`${name} has no whole request`];
    return wholeBytes < bytes ? [`${name} has a torn end of ${formatSize(bytes - wholeBytes)}`] : [];
  } catch (thrown) {
    return [`${name} cannot be read (${messageOf(thrown)})`];
  }
}

export const setAsideCheck: Check = {
  name: 'Set aside',
  look: async (patient): Promise<Finding | Finding[]> => {
    const name = 'Set aside';
    const aside = segmentsIn(join(patient.folder, 'journal', 'set-aside'));
    if (aside.length === 0) return { name, verdict: 'ok', says: 'nothing' };
    const rows = await knownRows(patient, aside);
    return aside.map((segment) => finding(name, segment, patient, rows.get(tokenOf(segment)) ?? 0));
  },
};

function finding(name: string, segment: SegmentFile, { folder, now }: Patient, rows: number): Finding {
  const { bytes, at, path } = segment;
  const signal = segment.name.split('-')[0];
  const says = `${segment.name}: ${formatSize(bytes)} of ${signal}, ${formatDuration(Math.max(0, now - at))} ago`;
  const { damaged, requests } = scan(readFileSync(path));
  if (damaged || requests.length === 0)
    return {
      ...{ name, verdict: 'watch' },
      says: `${says}; damaged by the disk, its whole requests were stored`,
      propose: `Keep it, or when it is of no use: rm ${quoted(path)}`,
    };
  if (rows > 0)
    return {
      ...{ name, verdict: 'bad', says: `${says}; the store has ${counted(rows, 'item')} of it` },
      propose: 'Report it before it is put back: a part of it could be stored twice.',
    };
  return {
    ...{ name, verdict: 'bad', says: `${says}; the store has nothing of it` },
    propose: `With Loopwatch stopped: mv ${quoted(path)} ${quoted(join(folder, 'journal', segment.name))}\nThe next start stores it once; set aside again, it tells why in the log.`,
  };
}

const tokenOf = ({ name }: SegmentFile): string => name.replace(/\.seg$/, '');

/** Empty when the store cannot be asked: that is told of elsewhere. */
async function knownRows({ engine }: Patient, aside: readonly SegmentFile[]): Promise<Map<string, number>> {
  if (engine === null) return new Map();
  return rowsOfTokens(engine, aside.map(tokenOf)).catch(() => new Map());
}

function segmentsIn(folder: string): SegmentFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const about = statSync(path, { throwIfNoEntry: false });
      return about === undefined || about.size === 0
        ? []
        : [{ name, path, bytes: about.size, at: about.mtimeMs }];
    });
}
