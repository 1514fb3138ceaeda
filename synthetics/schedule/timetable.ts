import { type Grid, gridOf, slotAt } from './grid.ts';

/** What is to be done with a slot: start a run, or write down why there is none. */
export interface Departure<P> {
  probe: P;
  /** The slot, unix milliseconds. */
  slot: number;
  /** '' when it is to be started. */
  missed: string;
}

interface Entry<P> {
  probe: P;
  grid: Grid;
  /** The newest slot that was dealt with. */
  last: number;
}

/** Of one gap at most so many slots are written down; what is older shows as slots without a run anyway. */
const MAX_MISSED = 60;

/** Which probes are due when. Decides by the times it is given and does nothing itself. */
export class Timetable<P extends { name: string; every: number }> {
  readonly #location: string;
  readonly #entries = new Map<string, Entry<P>>();

  constructor(location: string) {
    this.#location = location;
  }

  /** What is scheduled from now on. A probe that keeps its name and interval keeps its place; a new one starts at its next slot. */
  replace(probes: readonly P[], now: number): void {
    const names = new Set(probes.map(({ name }) => name));
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#entries.delete(name);
    for (const probe of probes) {
      const grid = gridOf(probe.name, this.#location, probe.every);
      const known = this.#entries.get(probe.name);
      const last = known?.grid.every === probe.every ? known.last : slotAt(grid, now);
      this.#entries.set(probe.name, { probe, grid, last });
    }
  }

  /** Everything that has become due since the last time this was asked, oldest slot first. Each slot is named once. */
  due(now: number): Departure<P>[] {
    const departures = [...this.#entries.values()].flatMap((entry) => this.#dueOf(entry, now));
    return departures.sort((a, b) => a.slot - b.slot);
  }

  /** When the next slot begins; null when nothing is scheduled. */
  next(): number | null {
    let next: number | null = null;
    for (const { last, grid } of this.#entries.values()) next = Math.min(next ?? Infinity, last + grid.every);
    return next;
  }

  #dueOf(entry: Entry<P>, now: number): Departure<P>[] {
    const { probe, grid, last } = entry;
    const current = slotAt(grid, now);
    // A clock that is set back by less than a slot waits for its time; one that is set back further begins anew.
    if (current < last - grid.every) entry.last = current;
    if (current <= last) return [];
    entry.last = current;
    const missed: Departure<P>[] = [];
    for (let slot = current - grid.every; slot > last && missed.length < MAX_MISSED; slot -= grid.every)
      missed.push({
        probe,
        slot,
        missed: 'Nothing ran at this time: the machine slept, or its clock was set.',
      });
    return [...missed, { probe, slot: current, missed: '' }];
  }
}
