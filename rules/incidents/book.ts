import type { Transition } from '../../model/evaluation.ts';
import type { Incident, Notice, TimelineEntry } from '../../model/incident.ts';
import type { Labels } from '../../model/signal.ts';

/** All incidents that can still change by themselves. Plain data; a fold gives a new one and leaves the old as it is. */
export interface Book {
  /** The number the next incident gets. */
  next: number;
  /** By `Incident.key`: those that are not resolved, and those that may still be reopened. */
  incidents: ReadonlyMap<string, Incident>;
}

/** An incident that was opened, and what opened it. */
export interface Opened {
  number: number;
  /** The values of its `group_by` labels. */
  group: Labels;
  transition: Transition;
}

/** What one tick did to the book. */
export interface Folded {
  book: Book;
  /** Incidents that are new or differ from the book before. */
  changed: readonly Incident[];
  /** For the timeline, in order. */
  events: readonly TimelineEntry[];
  /** What is to be told to whom, in order; at most one for each incident and receiver. */
  notices: readonly Notice[];
  opened: readonly Opened[];
}

/** Who acts when it is the product itself. */
export const LOOPWATCH = 'loopwatch';

/** A book without incidents. @param next the number of the first one */
export const emptyBook = (next = 1): Book => ({ next, incidents: new Map() });
