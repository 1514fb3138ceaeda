import type { Engine } from '../engine.ts';
import type { MetricKind } from './tables.ts';

/** Which table each metric lies in, as the catalogue knows it; a metric's kind is taken to stay what it is. */
export interface Kinds {
  /** Asks for those that are not known yet. @throws Problem as the engine's */
  learn(metrics: readonly string[]): Promise<void>;
  of(metric: string): MetricKind;
  /** Counts what was learnt. */
  revision(): number;
}

/** Of a metric that was sent as several kinds the one with the most points counts. */
export function createKinds(engine: Engine): Kinds {
  const kinds = new Map<string, MetricKind>();
  return {
    of: (metric) => kinds.get(metric) ?? '',
    revision: () => kinds.size,
    learn: async (metrics) => {
      const unknown = [...new Set(metrics)].filter((metric) => !kinds.has(metric));
      if (unknown.length === 0) return;
      const rows = await engine.query<{ name: string; kind: MetricKind }>(
        `SELECT MetricName AS name, argMax(Kind, points) AS kind
         FROM (SELECT MetricName, Kind, (sum(Points), Kind) AS points FROM metric_catalogue
           WHERE MetricName IN {unknown:Array(String)} GROUP BY MetricName, Kind)
         GROUP BY name`,
        { unknown },
      );
      for (const { name, kind } of rows) kinds.set(name, kind);
    },
  };
}
