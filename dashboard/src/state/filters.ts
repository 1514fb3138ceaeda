/** The trace search: its filters as they stand in the URL, as chips, and as words typed into the search box. */
import type { Params } from './routes.ts';

export interface Attribute {
  key: string;
  value: string;
}

export interface TraceFilters {
  service: string;
  operation: string;
  onlyErrors: boolean;
  /** Only spans that serve, consume or begin: those that a service's numbers count. */
  onlyEntries: boolean;
  /** Durations as typed, e.g. `250ms`, `2s`; '' for none. */
  min: string;
  max: string;
  attributes: readonly Attribute[];
  sort: 'recent' | 'slowest';
  limit: number;
}

export interface Chip {
  label: string;
  /** The filters without this one. */
  without: TraceFilters;
}

export const PAGE_SIZE = 50;
/** As many as one list shows before narrowing is the better answer. */
export const MOST_TRACES = 500;

export const NO_FILTERS: TraceFilters = {
  service: '',
  operation: '',
  onlyErrors: false,
  onlyEntries: false,
  min: '',
  max: '',
  attributes: [],
  sort: 'recent',
  limit: PAGE_SIZE,
};

export function filtersOf(params: URLSearchParams): TraceFilters {
  const limit = Number(params.get('limit'));
  return {
    service: params.get('service') ?? '',
    operation: params.get('operation') ?? '',
    onlyErrors: params.get('status') === 'error',
    onlyEntries: params.get('entry') === '1',
    min: params.get('min') ?? '',
    max: params.get('max') ?? '',
    attributes: params.getAll('f').flatMap((text) => attributeOf(text) ?? []),
    sort: params.get('sort') === 'slowest' ? 'slowest' : 'recent',
    limit: Number.isInteger(limit) && limit > 0 ? Math.min(limit, MOST_TRACES) : PAGE_SIZE,
  };
}

/** The filters as parameters of the URL and of the API, which take the same ones. */
export function paramsOf(filters: TraceFilters): Params {
  return {
    service: filters.service,
    operation: filters.operation,
    status: filters.onlyErrors ? 'error' : '',
    entry: filters.onlyEntries ? '1' : '',
    min: filters.min,
    max: filters.max,
    f: filters.attributes.map(({ key, value }) => `${key}:${value}`),
    sort: filters.sort === 'recent' ? '' : filters.sort,
    limit: filters.limit === PAGE_SIZE ? '' : filters.limit,
  };
}

export function chipsOf(filters: TraceFilters): Chip[] {
  const chips: Chip[] = [];
  const add = (label: string, change: Partial<TraceFilters>) =>
    chips.push({ label, without: { ...filters, ...change } });
  if (filters.service !== '') add(`service: ${filters.service}`, { service: '', operation: '' });
  if (filters.operation !== '') add(`operation: ${filters.operation}`, { operation: '' });
  if (filters.onlyErrors) add('status: error', { onlyErrors: false });
  if (filters.onlyEntries) add('requests only', { onlyEntries: false });
  if (filters.min !== '') add(`duration ≥ ${filters.min}`, { min: '' });
  if (filters.max !== '') add(`duration ≤ ${filters.max}`, { max: '' });
  filters.attributes.forEach((each, at) => {
    add(`${each.key}: ${each.value}`, { attributes: filters.attributes.filter((_, index) => index !== at) });
  });
  return chips;
}

/** Splits `key:value` at the first colon, as the API does. */
export function attributeOf(text: string): Attribute | null {
  const at = text.indexOf(':');
  return at < 1 ? null : { key: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}

/** A duration as the API takes it (`250ms`, `1.5s`, `2m`); a bare number means milliseconds; null when unreadable. */
export function durationParam(text: string): string | null {
  const match = /^(\d+(?:\.\d+)?)\s*(us|µs|ms|s|m|min|h)?$/i.exec(text.trim());
  if (!match) return null;
  const unit = (match[2] ?? 'ms').toLowerCase().replace('µs', 'us').replace('min', 'm');
  if (unit === 'us') return `${Number(match[1]) / 1000}ms`;
  return `${match[1]}${unit}`;
}

export type Typed = { traceId: string } | { filters: TraceFilters } | { hint: string };

/**
 * What a line typed into the search box means, added to the filters there are: a trace id opens the trace;
 * `service:`, `operation:`, `status:error`, `duration>250ms` and `key:value` are filters; a known service's name too.
 */
export function typed(line: string, filters: TraceFilters, services: readonly string[]): Typed {
  const text = line.trim();
  if (/^[0-9a-f]{32}$/i.test(text)) return { traceId: text.toLowerCase() };
  if (text === 'error') return { filters: { ...filters, onlyErrors: true } };
  if (services.includes(text)) return { filters: { ...filters, service: text, operation: '' } };
  const bound = /^duration\s*([<>])=?\s*(.+)$/i.exec(text);
  if (bound) return boundFilter(bound[1] === '>' ? 'min' : 'max', bound[2]!, filters);
  const pair = attributeOf(text);
  if (pair === null || pair.value === '') {
    return { hint: 'Type a service, key:value, duration>250ms, error, or a trace id.' };
  }
  if (pair.key === 'service') return { filters: { ...filters, service: pair.value, operation: '' } };
  if (pair.key === 'operation') return { filters: { ...filters, operation: pair.value } };
  if (pair.key === 'status' && pair.value === 'error') return { filters: { ...filters, onlyErrors: true } };
  const known = filters.attributes.some((each) => each.key === pair.key && each.value === pair.value);
  return { filters: known ? filters : { ...filters, attributes: [...filters.attributes, pair] } };
}

function boundFilter(side: 'min' | 'max', text: string, filters: TraceFilters): Typed {
  const value = durationParam(text);
  return value === null
    ? { hint: `“${text}” is not a duration. Write 250ms, 1.5s or 2m.` }
    : { filters: { ...filters, [side]: value } };
}
