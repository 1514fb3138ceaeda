/**
 * OTLP as one table: which messages there are and what their fields look like on the wire.
 * Source: opentelemetry-proto 1.11, `opentelemetry/proto/{common,resource,trace,metrics,logs}/v1` and
 * `collector/{trace,metrics,logs}/v1`. Everything that reads or writes OTLP protobuf derives from it: the collector's
 * wire walk, the descriptors for the protobuf library, the schema text for the engine.
 */
import { common } from './otlp/common.ts';
import type { Layout } from './otlp/fields.ts';
import { logs } from './otlp/logs.ts';
import { metrics } from './otlp/metrics.ts';
import { traces } from './otlp/traces.ts';

export type { Field, Layout, Rule, Scalar } from './otlp/fields.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

export const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

export type BySignal<Value> = Record<Signal, Value>;

/** The answer for each signal. */
export const bySignal = <Value>(of: (signal: Signal) => Value): BySignal<Value> => ({
  traces: of('traces'),
  metrics: of('metrics'),
  logs: of('logs'),
});

/** Every OTLP message this product reads. */
export const LAYOUT: Layout = { ...common, ...traces, ...metrics, ...logs };

/** The message an export request of each signal is. */
export const REQUEST: Readonly<Record<Signal, string>> = {
  traces: 'ExportTraceServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
  logs: 'ExportLogsServiceRequest',
};

/** The part of the layout that a message reaches, itself included. */
export function reachable(layout: Layout, root: string): Layout {
  const reached: Record<string, Layout[string]> = {};
  const visit = (message: string) => {
    if (message in reached) return;
    reached[message] = layout[message]!;
    for (const field of layout[message]!) if (field.type in layout) visit(field.type);
  };
  visit(root);
  return reached;
}
