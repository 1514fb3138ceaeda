/** How what builds a rule tells of what is wrong, and what it may refer to. */

import { nearest } from '../../../base/nearest.ts';
import type { Slo } from '../../../model/rule.ts';
import type { Path } from '../document.ts';

/** Tells of a problem at a place in the file; building goes on, so that all are found at once. */
export type Say = (path: Path, message: string) => void;

/** What all files together declare, also those that have problems of their own. */
export interface Known {
  slos: ReadonlyMap<string, Slo>;
  /** Names of hooks that are Kubernetes API servers. */
  clusters: ReadonlySet<string>;
  names: Readonly<Record<'slo' | 'receiver' | 'rule' | 'hook' | 'mute time', ReadonlySet<string>>>;
}

/** Tells when a name is not declared anywhere. */
export function refer(known: Known, kind: keyof Known['names'], name: string, path: Path, say: Say): void {
  const names = known.names[kind];
  if (!names.has(name)) say(path, unknownName(kind, name, [...names]));
}

/** `there is no receiver "shp"; did you mean "shop"?` */
export function unknownName(kind: string, name: string, names: readonly string[]): string {
  const close = nearest(name, names);
  const listed = names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
  const hint = close
    ? `did you mean "${close}"?`
    : names.length > 0
      ? `there are ${listed}`
      : 'there are none';
  return `there is no ${kind} "${name}"; ${hint}`;
}
