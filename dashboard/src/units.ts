/** Values of metrics with their unit as it was sent (UCUM case sensitive codes, OTel semantic conventions). */
import type { Aggregation, MetricForm } from '../../model/metric.ts';
import { bytes, count, duration, MISSING, percent } from './format.ts';
import { label } from './text.ts';

const MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
};
const BYTES: Readonly<Record<string, number>> = {
  By: 1,
  kBy: 1e3,
  KiBy: 1024,
  MiBy: 1024 ** 2,
  MBy: 1e6,
  GiBy: 1024 ** 3,
  GBy: 1e9,
};

/** A value of a metric for people: "210 ms", "12.3 MB", "4.2 /s", "0.31". */
export function metricValue(
  value: number | null | undefined,
  form: MetricForm,
  aggregation: Aggregation,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  const { unit } = form;
  const isCount =
    form.kind === 'histogram' || form.kind === 'exponential_histogram' || form.kind === 'summary';
  if (aggregation === 'rate') {
    if (isCount) return `${count(value)} /s`;
    if (Object.hasOwn(BYTES, unit)) return `${bytes(value * BYTES[unit]!)}/s`;
    if (unit === 's') return `${count(value)} s/s`;
    return `${count(value)} /s`;
  }
  if (Object.hasOwn(MS, unit)) return duration(value * MS[unit]!);
  if (Object.hasOwn(BYTES, unit))
    return value < 0 ? `−${bytes(-value * BYTES[unit]!)}` : bytes(value * BYTES[unit]!);
  if (unit === '%') return percent(value / 100);
  const words = unit.replace(/[{}]/g, '');
  const number = value < 0 ? `−${count(-value)}` : count(value);
  return words === '' || words === '1' ? number : `${number} ${label(words, 20)}`;
}
