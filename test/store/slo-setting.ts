/** Promises as files say them, and spans to hold them against. */
import { randomBytes } from 'node:crypto';
import type { Slo } from '../../model/rule.ts';
import { loadRules } from '../../rules/language/load.ts';
import { attributes } from './front-door.ts';

/** SLOs of a file's text, which must be without a mistake. */
export function slosOf(text: string): Slo[] {
  const { set } = loadRules([{ file: 'slos.yaml', text }]);
  if (set.problems.length > 0) throw new Error(JSON.stringify(set.problems));
  return [...set.slos];
}

const KIND = { internal: 1, server: 2, client: 3, consumer: 5 };

export interface SpanSpec {
  service: string;
  name: string;
  /** Unix ms. */
  at: number;
  ms?: number;
  kind?: keyof typeof KIND;
  failed?: boolean;
  /** Of the trace, 32 hex digits; a new one without. */
  trace?: string;
  id?: string;
  parent?: string;
  traceState?: string;
  version?: string;
  attributes?: Record<string, string>;
}

/** An OTLP request with one span. */
export function requestOf(spec: SpanSpec): object {
  const start = BigInt(spec.at) * 1_000_000n;
  const hex = (text: string | undefined, size: number) =>
    text === undefined ? new Uint8Array(randomBytes(size)) : Uint8Array.from(Buffer.from(text, 'hex'));
  const span = {
    traceId: hex(spec.trace, 16),
    spanId: hex(spec.id, 8),
    parentSpanId: spec.parent === undefined ? new Uint8Array(0) : hex(spec.parent, 8),
    name: spec.name,
    kind: KIND[spec.kind ?? 'server'],
    startTimeUnixNano: start,
    endTimeUnixNano: start + BigInt(spec.ms ?? 1) * 1_000_000n,
    traceState: spec.traceState ?? '',
    attributes: attributes(spec.attributes ?? {}),
    ...(spec.failed ? { status: { code: 2 } } : {}),
  };
  const resource = attributes({
    'service.name': spec.service,
    'deployment.environment.name': 'prod',
    ...(spec.version ? { 'service.version': spec.version } : {}),
  });
  return { resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans: [span] }] }] };
}
