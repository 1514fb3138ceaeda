/** Rules as they were in another revision of the repository they lie in. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, Problem } from '../../base/errors.ts';
import { openState } from '../../store/state/open.ts';
import { isOwn } from '../incidents/own.ts';
import { readDefaultRules } from '../language/folder.ts';
import { type Loaded, loadRules } from '../language/load.ts';
import type { Opening } from '../run/compare.ts';

const MOST_BYTES = 64 * 2 ** 20;

/** The rules of a folder at a git revision, and the shipped rules of this release. @throws Problem `usage` */
export function readRevision(folder: string, revision: string): Loaded {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', maxBuffer: MOST_BYTES, stdio: 'pipe' });
  try {
    const commit = git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`).trim();
    const files = git('ls-tree', '-r', '-z', '--name-only', commit, '.')
      .split('\0')
      .filter((path) => path.endsWith('.yaml') && !path.endsWith('.test.yaml'));
    const rules = files.map((file) => ({
      file: join(folder, file),
      text: git('show', `${commit}:./${file}`),
    }));
    return loadRules([...rules, ...readDefaultRules(folder).rules]);
  } catch (thrown) {
    throw new Problem('usage', `The rules of ${revision} cannot be read: ${reasonOf(thrown)}`);
  }
}

/** What git says of it, which is more than that it failed. */
function reasonOf(thrown: unknown): string {
  const said = String((thrown as { stderr?: unknown }).stderr ?? '').trim();
  return (said || messageOf(thrown)).split('\n')[0]!;
}

/**
 * Incidents as rules opened them in (from, to], unix ms; none when this data folder has never seen one. That of the data
 * source is left out: no data tells of it.
 */
export function livedOpenings(dataFolder: string, from: number, to: number): Opening[] {
  if (!existsSync(join(dataFolder, 'state.db'))) return [];
  const state = openState(dataFolder);
  try {
    const openings: Opening[] = [];
    for (let before: number | undefined; ; ) {
      const { incidents, next } = state.incidents.list({ limit: 500, before });
      for (const { number, rule, labels, group, openedAt } of incidents)
        if (openedAt > from && openedAt <= to && !isOwn(rule))
          openings.push({ number, rule, labels, group, at: openedAt });
      if (next === null || (incidents.at(-1)?.openedAt ?? 0) < from) return openings.reverse();
      before = next;
    }
  } finally {
    state.close();
  }
}
