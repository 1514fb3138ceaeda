/** The log search: its filters as they stand in the URL, and as chips. */
import { LOG_LEVELS, type LogLevel } from '../../../model/log.ts';
import { type Attribute, attributeOf } from './filters.ts';
import type { Params } from './routes.ts';

export interface LogFilters {
  service: string;
  level: LogLevel | '';
  /** Words the body must have. */
  text: string;
  traceId: string;
  spanId: string;
  attributes: readonly Attribute[];
}

export const NO_LOG_FILTERS: LogFilters = {
  service: '',
  level: '',
  text: '',
  traceId: '',
  spanId: '',
  attributes: [],
};

export function logFiltersOf(params: URLSearchParams): LogFilters {
  const level = params.get('level') ?? '';
  return {
    service: params.get('service') ?? '',
    level: LOG_LEVELS.find((each) => each === level) ?? '',
    text: params.get('q') ?? '',
    traceId: params.get('trace') ?? '',
    spanId: params.get('span') ?? '',
    attributes: params.getAll('f').flatMap((text) => attributeOf(text) ?? []),
  };
}

/** The filters as parameters of the URL and of the API, which take the same ones. */
export function logParamsOf(filters: LogFilters): Params {
  return {
    service: filters.service,
    level: filters.level,
    q: filters.text,
    trace: filters.traceId,
    span: filters.spanId,
    f: filters.attributes.map((each) => `${each.key}:${each.value}`),
  };
}

/** The level as a filter says it. */
export function levelWords(level: LogLevel): string {
  if (level === 'unset') return 'no severity';
  return level === 'error' ? 'error' : `${level} or worse`;
}

export function logChipsOf(filters: LogFilters): { label: string; without: LogFilters }[] {
  const chips: { label: string; without: LogFilters }[] = [];
  const add = (label: string, change: Partial<LogFilters>) =>
    chips.push({ label, without: { ...filters, ...change } });
  if (filters.service !== '') add(`service: ${filters.service}`, { service: '' });
  if (filters.level !== '') add(levelWords(filters.level), { level: '' });
  if (filters.text !== '') add(`text: ${filters.text}`, { text: '' });
  if (filters.traceId !== '') add(`trace: ${filters.traceId}`, { traceId: '', spanId: '' });
  if (filters.spanId !== '') add(`span: ${filters.spanId}`, { spanId: '' });
  filters.attributes.forEach((each, at) => {
    add(`${each.key}: ${each.value}`, { attributes: filters.attributes.filter((_, index) => index !== at) });
  });
  return chips;
}

/**
 * What a line typed into the search box means, added to the filters there are: a trace id, `key:value` without blanks
 * in the key, or words of the text.
 */
export function typedLog(line: string, filters: LogFilters): LogFilters {
  const text = line.trim();
  if (/^[0-9a-f]{32}$/i.test(text)) return { ...filters, traceId: text.toLowerCase(), spanId: '' };
  const pair = /^[\w.\-/]+:[^\s/]/.test(text) ? attributeOf(text) : null;
  if (pair === null) return { ...filters, text: filters.text === '' ? text : `${filters.text} ${text}` };
  if (pair.key === 'service') return { ...filters, service: pair.value };
  const known = filters.attributes.some((each) => each.key === pair.key && each.value === pair.value);
  return known ? filters : { ...filters, attributes: [...filters.attributes, pair] };
}
