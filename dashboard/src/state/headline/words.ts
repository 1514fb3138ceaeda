/** What headlines are made of. */
import type { ApplicationsView } from '../../../../model/application.ts';
import type { CapacityView } from '../../../../model/capacity.ts';
import type { ReleaseView } from '../../../../model/impact.ts';
import type { IncidentSummary } from '../../../../model/incident.ts';
import type { Operation } from '../../../../model/operation.ts';
import type { ProbesView } from '../../../../model/probes.ts';
import type { ServicesView } from '../../../../model/service.ts';
import type { Status } from '../../../../model/status.ts';
import type { TransactionsView } from '../../../../model/transaction.ts';
import { duration } from '../../format.ts';
import { label } from '../../text.ts';
import { moment } from '../../time.ts';

/** A piece of a sentence; a noun links to its page. */
export type Piece = string | { text: string; path: string | null };

export interface Headline {
  state: 'blind' | 'bad' | 'watch' | 'new' | 'ok';
  /** How the sentence is told apart by programs and by the page: what to show below it. */
  kind:
    | 'store-down'
    | 'starting'
    | 'behind'
    | 'nothing'
    | 'quiet'
    | 'blind'
    | 'users-hurt'
    | 'real-users-hurt'
    | 'unseen'
    | 'cured'
    | 'runs-out'
    | 'no-targets'
    | 'well';
  sentence: Piece[];
  second: Piece[];
}

/** All that a headline is made from; what has not been read yet, or cannot be, is undefined and never taken for good. */
export interface Facts {
  services: ServicesView;
  status?: Status | undefined;
  probes?: ProbesView | undefined;
  transactions?: TransactionsView | undefined;
  /** Open ones, newest first. */
  incidents?: readonly IncidentSummary[] | undefined;
  /** Newest first. */
  operations?: readonly Operation[] | undefined;
  /** Newest first. */
  releases?: readonly ReleaseView[] | undefined;
  capacity?: CapacityView | undefined;
  applications?: ApplicationsView | undefined;
  /** e.g. "in the last hour" */
  phrase: string;
  /** '' for all environments. */
  env: string;
  /** Unix ms. */
  now: number;
}

/** One line at 22 px. */
export const LONGEST = 100;
const NAME = 32;

export function noun(name: string, path: string | null): Piece {
  return { text: label(name, NAME), path };
}

export function textOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join('');
}

/** The sentence with as many of its tails, the weightiest first, as fit one line. The end is a full stop. */
export function fitted(main: readonly Piece[], ...tails: (readonly Piece[])[]): Piece[] {
  let pieces = [...main];
  for (const tail of tails) {
    if (textOf([...pieces, ...tail]).length < LONGEST) pieces = [...pieces, ...tail];
  }
  return [...pieces, '.'];
}

const MINUTE_MS = 60_000;
const BEFORE_MS = 30 * MINUTE_MS;

/** The nearest release before something began: when, never why. Empty while releases are not known. */
export function changeBefore(
  since: number,
  releases: Facts['releases'],
  path: (service: string) => string | null,
): Piece[] {
  if (releases === undefined) return [];
  const nearest = releases.find(({ at }) => at <= since + MINUTE_MS && at >= since - BEFORE_MS);
  if (!nearest) return ['; no release in the 30 minutes before'];
  const apart = Math.round(Math.max(0, since - nearest.at) / MINUTE_MS) * MINUTE_MS;
  const name = noun(`${nearest.service} ${nearest.version}`, path(nearest.service));
  return apart < MINUTE_MS ? [', with ', name] : [`, ${duration(apart)} after `, name];
}

export function sinceWords(since: number, now: number): string {
  return ` since ${moment(since, now)}`;
}
