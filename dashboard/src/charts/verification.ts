/** Whether it helped, as a chart: what the signal gave before and after, the window it was looked at in, the target. */
import type { EvidenceSeries } from '../../../model/incident.ts';
import type { Operation } from '../../../model/operation.ts';
import { scaleOf } from './lines.ts';

/** The incident as the chart needs it: what was kept with it, and all that was done about it. */
export interface Kept {
  series: readonly EvidenceSeries[];
  operations: readonly Operation[];
}

export interface VerificationChart {
  signal: string;
  path: string;
  /** When it was sent, and the window in which the verdict was looked for; places on the axis. */
  sent: number;
  window: { left: number; width: number };
  /** Where the verdict was reached; null while it is looked for. */
  judged: number | null;
  targets: { value: number; y: number }[];
  ticks: { value: number; y: number }[];
  from: number;
  to: number;
  /** The last value known before it was sent, and the last one of the verification. */
  before: number | null;
  after: number | null;
}

type Point = readonly [at: number, value: number | null];

/** What led to it is of interest, too. */
const BEFORE_MS = 120_000;
/** A pause between two values that is longer than so many usual ones is a gap. */
const GAP_STEPS = 4;

/**
 * One chart for each signal of the verification; none before it has begun. Values before the action are those kept as
 * evidence and by earlier operations of the incident.
 * @param targets thresholds by the signal's name
 * @param width of the drawing in its own units, as `height`
 */
export function verificationCharts(
  operation: Operation,
  kept: Kept,
  targets: (signal: string) => readonly number[],
  width: number,
  height: number,
): VerificationChart[] {
  const { verification, dispatchedAt } = operation;
  if (verification === null || dispatchedAt === null || verification.samples.length === 0) return [];
  const signals = Object.keys(verification.samples[0]!.values);
  return signals.map((signal) => {
    const all = pointsOf(signal, operation, kept);
    const end = verification.at ?? verification.until;
    const points = all.filter(([at]) => at >= dispatchedAt - BEFORE_MS && at <= end);
    const from = Math.min(dispatchedAt, points[0]?.[0] ?? dispatchedAt);
    const to = Math.max(end, points.at(-1)?.[0] ?? end);
    const x = (at: number) => round(((at - from) / Math.max(1, to - from)) * width);
    const limits = [...new Set(targets(signal))].filter(Number.isFinite);
    const { y, ticks } = scaleOf([...points.map(([, value]) => value), ...limits], height);
    const left = x(verification.from);
    return {
      signal,
      path: pathOf(points, x, y),
      sent: x(dispatchedAt),
      window: { left, width: Math.max(0, round(x(Math.min(verification.until, to)) - left)) },
      judged: verification.at === null ? null : x(verification.at),
      targets: limits.map((value) => ({ value, y: y(value) })),
      ticks,
      from,
      to,
      before: all.findLast(([at, value]) => at <= dispatchedAt && value !== null)?.[1] ?? null,
      after: verification.samples.findLast(({ values }) => values[signal] !== null)?.values[signal] ?? null,
    };
  });
}

/** What is known of a signal for the operation's instance, oldest first, each moment once. */
function pointsOf(signal: string, operation: Operation, { series, operations }: Kept): Point[] {
  const known = new Map<number, number | null>();
  const own = series.find((one) => one.signal === signal && isAbout(one, operation));
  for (const [at, value] of own?.points ?? []) known.set(at, value);
  for (const other of operations) {
    if (other.rule !== operation.rule || other.fingerprint !== operation.fingerprint) continue;
    for (const { t, values } of other.verification?.samples ?? [])
      if (signal in values) known.set(t, values[signal]!);
  }
  for (const { t, values } of operation.verification!.samples) known.set(t, values[signal] ?? null);
  return [...known].toSorted(([a], [b]) => a - b);
}

const isAbout = ({ labels }: EvidenceSeries, operation: Operation): boolean =>
  Object.entries(labels).every(([key, value]) => (operation.labels[key] ?? value) === value);

function pathOf(points: readonly Point[], x: (at: number) => number, y: (value: number) => number): string {
  const steps = points.slice(1).map(([at], i) => at - points[i]![0]);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  let before: number | null = null;
  let path = '';
  for (const [at, value] of points) {
    if (value === null || !Number.isFinite(value)) {
      before = null;
      continue;
    }
    const joins = before !== null && at - before <= GAP_STEPS * usual;
    path += joins ? `L${x(at)} ${y(value)}` : `M${x(at)} ${y(value)}h0.01`;
    before = at;
  }
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;
