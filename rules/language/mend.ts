import type { z } from 'zod';
import { DURATION_ERROR, keyMeant } from './forms/values.ts';

type Step = string | number;
type Container = Record<Step, unknown>;

const CAREFUL: readonly string[] = ['signals', 'if'];
const SOME_DURATION = '5m';

/**
 * Content as it seems to be meant: a mistyped key under its right name, wrong values left out. Signals and conditions
 * keep theirs, because what names them would seem wrong without.
 */
export function mend(content: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const mended = structuredClone(content);
  for (const issue of issues) {
    const path = issue.path as Step[];
    if (issue.code === 'unrecognized_keys') {
      const map = at(mended, path);
      const said = issue.message.split('\n');
      if (map) for (const [i, key] of issue.keys.entries()) rename(map, key, keyMeant(said[i] ?? ''));
    } else {
      const map = at(mended, path.slice(0, -1));
      const key = path.at(-1)!;
      if (map && issue.message === DURATION_ERROR) map[key] = SOME_DURATION;
      else if (map && !CAREFUL.includes(String(path[0])) && !Array.isArray(map)) delete map[key];
    }
  }
  return mended;
}

function rename(map: Container, key: string, meant: string | undefined): void {
  if (meant !== undefined && !Object.hasOwn(map, meant)) map[meant] = map[key];
  delete map[key];
}

function at(content: unknown, path: readonly Step[]): Container | undefined {
  let found = content;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Container)[step];
  }
  return typeof found === 'object' && found !== null ? (found as Container) : undefined;
}
