/** What labels mean in the tables: which column or attribute, and how a condition on it reads in SQL. */
import type { Matcher } from '../../model/signal.ts';
import type { Texts } from './texts.ts';

/** What a read looks at. `deploys` are versions of services as they are first seen. */
export type Source = 'spans' | 'logs' | 'metric' | 'deploys' | 'slo';

interface Column {
  sql: string;
  /** Values are compared in lower case. */
  folded?: boolean;
}

const SERVICE: Record<string, Column> = {
  'service.name': { sql: 'ServiceName' },
  'deployment.environment.name': { sql: 'Environment' },
  'deployment.environment': { sql: 'Environment' },
};
const VERSION: Record<string, Column> = { 'service.version': { sql: 'ServiceVersion' } };

/** logs.proto SeverityNumber in its six bands. */
const SEVERITY = `multiIf(SeverityNumber = 0, 'unspecified', SeverityNumber < 5, 'trace', SeverityNumber < 9, 'debug', SeverityNumber < 13, 'info', SeverityNumber < 17, 'warn', SeverityNumber < 21, 'error', 'fatal')`;

/** Columns that the rollups have, by label. `status` is none of them: it is a column to sum. */
const ROLLED_UP: Record<Source, Record<string, Column>> = {
  spans: {
    ...SERVICE,
    ...VERSION,
    'span.name': { sql: 'SpanName' },
    'span.kind': { sql: 'lower(SpanKind)', folded: true },
    root: { sql: 'toString(Root)' },
    probe: { sql: 'toString(Probe)' },
  },
  logs: { ...SERVICE, severity: { sql: SEVERITY, folded: true } },
  metric: {},
  deploys: { ...SERVICE, ...VERSION },
  slo: { 'slo.name': { sql: 'Slo' }, 'slo.definition': { sql: 'Definition' } },
};

/** Further columns of the tables that hold each span, record and point. */
const RAW: Record<Source, Record<string, Column>> = {
  spans: {
    ...ROLLED_UP.spans,
    root: { sql: "if(ParentSpanId = '', 'true', 'false')" },
    status: { sql: 'lower(StatusCode)', folded: true },
    'scope.name': { sql: 'ScopeName' },
  },
  logs: {
    ...ROLLED_UP.logs,
    ...VERSION,
    body: { sql: 'Body' },
    'event.name': { sql: 'EventName' },
    'scope.name': { sql: 'ScopeName' },
  },
  metric: {
    ...SERVICE,
    ...VERSION,
    'metric.name': { sql: 'MetricName' },
    'scope.name': { sql: 'ScopeName' },
  },
  deploys: ROLLED_UP.deploys,
  slo: ROLLED_UP.slo,
};

/** Attributes of the item itself, by source; its resource's are asked when it has none of that name. */
const ATTRIBUTES: Record<Source, string> = {
  spans: 'SpanAttributes',
  logs: 'LogAttributes',
  metric: 'Attributes',
  deploys: '',
  slo: '',
};

/** Labels under which an item is counted without being told apart by them: their absence is a zero, not silence. */
export const OUTCOMES: Partial<Record<Source, string>> = { spans: 'status', logs: 'severity' };

/** Whether the rollups can answer for this label. */
export function isRolledUp(source: Source, label: string): boolean {
  return Object.hasOwn(ROLLED_UP[source], label);
}

/** SQL for a label's value; '' where it is absent. @param raw over the table of single items */
export function labelSql(source: Source, label: string, raw: boolean, texts: Texts): string {
  return columnOf(source, label, raw)?.sql ?? attributeSql(source, label, texts);
}

function columnOf(source: Source, label: string, raw: boolean): Column | undefined {
  const columns = (raw ? RAW : ROLLED_UP)[source];
  return Object.hasOwn(columns, label) ? columns[label] : undefined;
}

function attributeSql(source: Source, label: string, texts: Texts): string {
  const own = ATTRIBUTES[source];
  if (own === '') return "''";
  const key = texts.ref(label);
  return `if(mapContains(${own}, ${key}), ${own}[${key}], ResourceAttributes[${key}])`;
}

/** The value as the column has it: kinds, severities and states are known in lower case. */
export function labelValue(source: Source, label: string, value: string): string {
  return columnOf(source, label, true)?.folded ? value.toLowerCase() : value;
}

/** A condition on a column in SQL; regular expressions are RE2 and anchored, as Prometheus'. */
export function matcherSql(
  source: Source,
  { key, op, values }: Matcher,
  column: string,
  texts: Texts,
): string {
  const one = op.endsWith('~')
    ? (value: string) => `match(${column}, ${texts.ref(`^(?:${value})$`)})`
    : (value: string) => `${column} = ${texts.ref(labelValue(source, key, value))}`;
  const any = values.length === 0 ? '0' : `(${values.map(one).join(' OR ')})`;
  return op.startsWith('!') ? `NOT ${any}` : any;
}
