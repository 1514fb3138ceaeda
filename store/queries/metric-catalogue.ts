import type { MetricEntry, MetricForm, MetricKind, MetricsView } from '../../model/metric.ts';
import type { Engine } from '../engine.ts';

export interface CatalogueFilter {
  env: string;
  service?: string | undefined;
  /** Part of the name, in any case. */
  text?: string | undefined;
  /** Exactly this name. */
  name?: string | undefined;
}

interface Row {
  name: string;
  kind: MetricKind;
  unit: string;
  monotonic: boolean | number;
  description: string;
  services: string[];
  lastSeen: number;
}

const MAX_METRICS = 1_000;
const MAX_SERVICES = 1_000;

/** Every metric there is, by name, each in all the forms it was sent in. */
export async function listMetrics(engine: Engine, filter: CatalogueFilter): Promise<MetricsView> {
  const rows = await engine.query<Row>(
    `SELECT MetricName AS name, Kind AS kind, Unit AS unit, Monotonic AS monotonic,
       substringUTF8(anyLast(metric_catalogue.Description), 1, 500) AS description,
       arraySort(groupUniqArray(${MAX_SERVICES})(ServiceName)) AS services,
       toUnixTimestamp64Milli(max(metric_catalogue.LastSeen)) AS lastSeen
     FROM metric_catalogue
     WHERE ({env:String} = '' OR Environment = {env:String}) AND ({service:String} = '' OR ServiceName = {service:String})
       AND ({name:String} = '' OR MetricName = {name:String})
       AND ({text:String} = '' OR positionCaseInsensitiveUTF8(MetricName, {text:String}) > 0)
     GROUP BY name, kind, unit, monotonic ORDER BY name, lastSeen DESC, kind, unit LIMIT ${4 * MAX_METRICS}`,
    { env: filter.env, service: filter.service ?? '', name: filter.name ?? '', text: filter.text ?? '' },
  );
  const metrics = new Map<string, MetricEntry>();
  for (const { name, description, ...form } of rows) {
    const entry = metrics.get(name) ?? { name, description, forms: [] as MetricForm[] };
    entry.forms.push({ ...form, monotonic: Boolean(form.monotonic) });
    metrics.set(name, entry);
  }
  const all = [...metrics.values()];
  return { metrics: all.slice(0, MAX_METRICS), more: all.length > MAX_METRICS };
}
