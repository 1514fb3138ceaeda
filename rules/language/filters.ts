/** The filters of templates, each with what it takes and gives, so that a wrong use is found when a file is loaded. */
import { formatDuration, formatSize } from '../../base/units.ts';

export type FieldType = 'number' | 'text' | 'list';
/** Null where nothing is known. */
export type Value = number | string | readonly string[] | null;

export interface FilterCall {
  name: string;
  argument: string | number | undefined;
}

interface Filter {
  takes: readonly FieldType[];
  gives: FieldType | 'same';
  argument?: 'number' | 'string';
  apply(value: Value, argument: string | number | undefined): Value;
}

/** Milliseconds, bytes, fractions, counts, texts and lists for people. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  percent: numeric((value, digits) => `${round(value * 100, digits ?? 1)} %`, 'number'),
  number: numeric(
    (value, digits) => value.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits ?? 2, 20) }),
    'number',
  ),
  duration: numeric((value) => formatDuration(value)),
  size: numeric((value) => formatSize(value)),
  upper: textual((value) => value.toUpperCase()),
  lower: textual((value) => value.toLowerCase()),
  join: {
    takes: ['list'],
    gives: 'text',
    argument: 'string',
    apply: (value, separator) => (Array.isArray(value) ? value.join(String(separator ?? ', ')) : value),
  },
  count: {
    takes: ['list'],
    gives: 'number',
    apply: (value) => (Array.isArray(value) ? value.length : value),
  },
  default: {
    takes: ['number', 'text', 'list'],
    gives: 'text',
    argument: 'string',
    apply: (value, instead) => (value === null || value === '' ? String(instead ?? '') : value),
  },
};

/** A value without a filter: numbers with four digits, lists with commas. */
export function plain(value: Value): string {
  if (value === null) return 'unknown';
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return typeof value === 'string' ? value : value.join(', ');
}

function numeric(
  format: (value: number, argument: number | undefined) => string,
  argument?: 'number',
): Filter {
  return {
    takes: ['number'],
    gives: 'text',
    ...(argument && { argument }),
    apply: (value, given) =>
      typeof value === 'number' ? format(value, typeof given === 'number' ? given : undefined) : value,
  };
}

function textual(change: (value: string) => string): Filter {
  return {
    takes: ['text'],
    gives: 'text',
    apply: (value) => (typeof value === 'string' ? change(value) : value),
  };
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(Math.min(digits, 20))));
}
