/** Which instances a rule has at a moment, and what each signal gives for each of them. */
import type { InstanceState } from '../../model/evaluation.ts';
import type { Rule } from '../../model/rule.ts';
import {
  type Labels,
  labelsOfSignal,
  type Reading,
  type Sample,
  type SignalSpec,
} from '../../model/signal.ts';
import { fingerprintOf } from './fingerprint.ts';

/** A rule with more instances than this is taken for a mistake, or an attack by labels: its signals count as failed. */
export const MAX_INSTANCES = 10_000;

/** What one signal gives for one instance. */
export type InstanceReading =
  | { ok: true; sample: Sample | undefined }
  /** The signal's query failed. */
  | { ok: false; error: string };

export interface Instance {
  fingerprint: string;
  /** Of its series only. */
  labels: Labels;
  previous: InstanceState | undefined;
  /** Every signal with all of its labels could be read, and none gave anything. */
  vanished: boolean;
  read: (signal: string) => InstanceReading;
}

/** The labels that tell the instances of a rule apart: those of all its signals together, sorted. */
export function instanceLabels(signals: Readonly<Record<string, SignalSpec>>): readonly string[] {
  const known = labelsOf.get(signals);
  if (known) return known;
  const labels = [...new Set(Object.values(signals).flatMap(labelsOfSignal))].sort();
  labelsOf.set(signals, labels);
  return labels;
}

/** Asked for at each tick, and always the same for a rule. */
const labelsOf = new WeakMap<Readonly<Record<string, SignalSpec>>, readonly string[]>();

/**
 * Signals with all instance labels make the instances; those with fewer are handed to every instance whose labels they
 * share. What was an instance before stays one while its series is away, until `evaluateRule` forgets it. A rule
 * without instance labels always has exactly one. Instances whose labels an edit of the rule took away are left out.
 */
export function joinInstances(
  rule: Rule,
  previous: readonly InstanceState[],
  readings: ReadonlyMap<string, Reading>,
): Instance[] {
  const by = instanceLabels(rule.signals);
  const signals = Object.entries(rule.signals).map(([name, spec]) =>
    indexSignal(name, spec, readings.get(name)),
  );
  const seen = new Map<string, Labels>();
  if (by.length === 0) seen.set('', {});
  for (const { labels, samples } of signals)
    if (by.length > 0 && labels.length === by.length)
      for (const [key, sample] of samples) if (!seen.has(key)) seen.set(key, pick(sample.labels, by));
  if (seen.size > MAX_INSTANCES) {
    for (const signal of signals) signal.error = tooMany(seen.size);
    seen.clear();
  }
  const fitting = previous.filter(
    (state) => state.version === rule.version || state.fingerprint === fingerprintOf(pick(state.labels, by)),
  );
  const before = new Map(fitting.map((state) => [keyOf(state.labels, by), state]));
  const indexed = new Map(signals.map((signal) => [signal.name, signal]));
  const instance = (key: string, labels: Labels, vanished: boolean): Instance => ({
    fingerprint: before.get(key)?.fingerprint ?? fingerprintOf(labels),
    labels,
    previous: before.get(key),
    vanished,
    read: (name: string) => readSignal(indexed.get(name), labels),
  });
  const instances = [...seen].map(([key, labels]) => instance(key, labels, false));
  const isRead = signals.every(({ error }) => error === '');
  for (const [key, state] of before)
    if (!seen.has(key)) instances.push(instance(key, pick(state.labels, by), isRead));
  return instances;
}

interface IndexedSignal {
  name: string;
  labels: readonly string[];
  samples: Map<string, Sample>;
  error: string;
  /** Events that did not happen are none: their count is 0, and known. */
  isCounted: boolean;
}

function indexSignal(name: string, spec: SignalSpec, reading: Reading | undefined): IndexedSignal {
  const labels = labelsOfSignal(spec);
  const samples = new Map<string, Sample>();
  if (reading?.ok) for (const sample of reading.samples) samples.set(keyOf(sample.labels, labels), sample);
  const error = reading === undefined || reading.ok ? '' : reading.error;
  return { name, labels, samples, error, isCounted: reading !== undefined && isCount(spec) };
}

function readSignal(signal: IndexedSignal | undefined, labels: Labels): InstanceReading {
  if (signal === undefined) return { ok: true, sample: undefined };
  if (signal.error !== '') return { ok: false, error: signal.error };
  const sample = signal.samples.get(keyOf(labels, signal.labels));
  if (signal.isCounted && (sample === undefined || (sample.value === null && sample.count === 0)))
    return { ok: true, sample: { labels: pick(labels, signal.labels), value: 0, count: 0 } };
  return { ok: true, sample };
}

/** Spans, logs and points that are counted. All else says nothing when there is nothing. */
function isCount(spec: SignalSpec): boolean {
  if (spec.kind === 'metric') return spec.reduce === 'count';
  return (
    (spec.kind === 'spans' || spec.kind === 'logs') && (spec.measure === 'count' || spec.measure === 'rate')
  );
}

/** An absent label equals an empty one, as in Prometheus. 0xFFFF is no character, so values cannot run into each other. */
function keyOf(labels: Labels, names: readonly string[]): string {
  let key = '';
  for (const name of names) key += `${labels[name] ?? ''}\uffff`;
  return key;
}

function pick(labels: Labels, names: readonly string[]): Labels {
  const picked: Record<string, string> = {};
  for (const name of names) if (labels[name]) picked[name] = labels[name];
  return picked;
}

function tooMany(count: number): string {
  return `its signals give ${count} instances, more than ${MAX_INSTANCES}: use fewer labels in "by", or narrow "where"`;
}
