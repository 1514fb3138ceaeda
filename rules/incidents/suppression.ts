/** What holds a notice back: mute times, silences, inhibition. */
import type { Alert, Incident } from '../../model/incident.ts';
import type { Inhibition, MuteTime, RuleSet, Silence } from '../../model/rule.ts';
import type { Labels } from '../../model/signal.ts';
import { firingOf } from './draft.ts';
import { matches } from './matchers.ts';
import { isMuted } from './mute-times.ts';

export interface Suppression {
  /** Alerts that fire and are not held back. */
  alerts: Alert[];
  /** Why nothing is left; '' when something is. */
  held: string;
}

/** Answers for one moment; what is asked often is prepared once. */
export class Suppressions {
  readonly #silences: readonly Silence[];
  readonly #inhibitions: readonly Inhibition[];
  readonly #muteTimes: ReadonlyMap<string, MuteTime>;
  readonly #incidents: () => Iterable<Incident>;
  readonly #now: number;
  readonly #sources = new Map<Inhibition, { incident: number; labels: Labels }[]>();

  constructor(set: RuleSet, incidents: () => Iterable<Incident>, now: number) {
    this.#silences = set.silences.filter(({ from, to }) => from <= now && now < to);
    this.#inhibitions = set.inhibitions;
    this.#muteTimes = new Map(set.muteTimes.map((one) => [one.name, one]));
    this.#incidents = incidents;
    this.#now = now;
  }

  of(incident: Incident, muteTimes: readonly string[]): Suppression {
    const firing = firingOf(incident);
    const muted = muteTimes.find((name) => {
      const time = this.#muteTimes.get(name);
      return time !== undefined && isMuted(time, this.#now);
    });
    if (muted !== undefined) return { alerts: [], held: `mute time ${muted}` };
    if (this.#silences.length === 0 && this.#inhibitions.length === 0) return { alerts: firing, held: '' };
    let held = '';
    const alerts = firing.filter((alert) => {
      const reason = this.#silenced(alert) || this.#inhibited(alert, incident);
      held ||= reason;
      return reason === '';
    });
    return { alerts, held: alerts.length > 0 ? '' : held };
  }

  #silenced({ labels }: Alert): string {
    const silence = this.#silences.find(({ match }) => match.length > 0 && matches(labels, match));
    if (!silence) return '';
    return `silence ${silence.id} by ${silence.by}${silence.comment === '' ? '' : `: ${silence.comment}`}`;
  }

  /** A label that neither side has is equal (as in Alertmanager). An incident does not inhibit itself. */
  #inhibited({ labels }: Alert, incident: Incident): string {
    for (const inhibition of this.#inhibitions) {
      if (!matches(labels, inhibition.target)) continue;
      const source = this.#sourcesOf(inhibition).find(
        (one) =>
          one.incident !== incident.number &&
          inhibition.equal.every((name) => (one.labels[name] ?? '') === (labels[name] ?? '')),
      );
      if (source) return `inhibited by #${source.incident}`;
    }
    return '';
  }

  #sourcesOf(inhibition: Inhibition): { incident: number; labels: Labels }[] {
    let sources = this.#sources.get(inhibition);
    if (!sources) {
      sources = [...this.#incidents()]
        .filter(({ status }) => status !== 'resolved')
        .flatMap((incident) =>
          firingOf(incident)
            .filter(({ labels }) => matches(labels, inhibition.source))
            .map(({ labels }) => ({ incident: incident.number, labels })),
        );
      this.#sources.set(inhibition, sources);
    }
    return sources;
  }
}
