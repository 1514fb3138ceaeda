import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { FAULTS, type FaultName, type Patient } from './list.ts';

/** A fault as the command line and the control API show it. */
export interface FaultState {
  name: FaultName;
  summary: string;
  active: boolean;
  /** Unix milliseconds; null when it is not active. */
  endsAt: number | null;
}

/** No fault lasts longer. */
export const MAX_FAULT_MS = 3_600_000;

/** The faults of one shop: begun by name, each with an end. */
export class Faults {
  readonly #shop: Patient;
  readonly #clock: Clock;
  readonly #say: (line: string) => void;
  readonly #active = new Map<FaultName, { endsAt: number; timer: NodeJS.Timeout }>();

  constructor(shop: Patient, clock: Clock, say: (line: string) => void) {
    this.#shop = shop;
    this.#clock = clock;
    this.#say = say;
  }

  /**
   * Begins a fault, or gives an active one a new end. Resolves when it is in force.
   * @param forMs undefined: as long as is usual for it
   * @throws Problem `unknown_fault` | `invalid_duration`
   */
  async begin(name: string, forMs?: number): Promise<FaultState> {
    const fault = FAULTS[known(name)];
    const lasts = forMs ?? fault.lastsMs;
    if (!(lasts >= 0 && lasts <= MAX_FAULT_MS))
      throw new Problem('invalid_duration', 'A fault lasts an hour at most.');
    await fault.begin(this.#shop);
    for (const ended of fault.ends ?? []) this.#forget(ended);
    if (fault.lastsMs === 0) this.#say(`${fault.name}: done. ${fault.summary}`);
    else this.#remember(fault.name, lasts);
    return this.#stateOf(fault.name);
  }

  /** Ends a fault; one that is not active stays so. @throws Problem `unknown_fault` */
  async end(name: string): Promise<FaultState> {
    const fault = FAULTS[known(name)];
    if (this.#active.has(fault.name)) {
      this.#forget(fault.name);
      await fault.end(this.#shop);
      this.#say(`${fault.name} has ended.`);
    }
    return this.#stateOf(fault.name);
  }

  list(): FaultState[] {
    return (Object.keys(FAULTS) as FaultName[]).map((name) => this.#stateOf(name));
  }

  /** Lets no timer run on. */
  stop(): void {
    for (const name of [...this.#active.keys()]) this.#forget(name);
  }

  #remember(name: FaultName, lasts: number): void {
    clearTimeout(this.#active.get(name)?.timer);
    const timer = setTimeout(() => void this.end(name).catch((error) => this.#say(String(error))), lasts);
    this.#active.set(name, { endsAt: this.#clock.now() + lasts, timer });
    this.#say(`${name} begins and ends in ${Math.round(lasts / 1_000)} s: ${FAULTS[name].summary}`);
  }

  #forget(name: FaultName): void {
    clearTimeout(this.#active.get(name)?.timer);
    this.#active.delete(name);
  }

  #stateOf(name: FaultName): FaultState {
    const endsAt = this.#active.get(name)?.endsAt ?? null;
    return { name, summary: FAULTS[name].summary, active: endsAt !== null, endsAt };
  }
}

function known(name: string): FaultName {
  if (Object.hasOwn(FAULTS, name)) return name as FaultName;
  const close = nearest(name, Object.keys(FAULTS));
  throw new Problem(
    'unknown_fault',
    `There is no fault "${name}"${close === undefined ? '' : `; did you mean ${close}?`} Known: ${Object.keys(FAULTS).join(', ')}.`,
  );
}
