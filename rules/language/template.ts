/** The closed template language of summaries and descriptions: `{{ path | filter(argument) | filter }}`, and text. */
import type { Labels, Sample } from '../../model/signal.ts';
import { FILTERS, type FieldType, type FilterCall, plain, type Value } from './filters.ts';

/** A value that is longer is cut: labels are written by strangers. */
const LONGEST_VALUE = 200;
const LONGEST_TEXT = 4_000;

export interface TemplateContext {
  rule: { name: string; owner: string };
  labels: Labels;
  signals: Readonly<Record<string, Sample>>;
}

interface Expression {
  path: string;
  filters: readonly FilterCall[];
  /** Characters before it. */
  offset: number;
}

type Part = string | Expression;

export interface TemplateProblem {
  /** Characters from the beginning of the template. */
  offset: number;
  message: string;
}

/** The template with its values put in: plain text, in which a value never brings a line break or a control character. */
export function renderTemplate(text: string, context: TemplateContext): string {
  if (!text.includes('{{')) return text;
  const rendered = parts(text).map((part) => (typeof part === 'string' ? part : renderValue(part, context)));
  return rendered.join('').slice(0, LONGEST_TEXT);
}

/**
 * What is wrong with a template: its form, fields that are not there, filters that do not fit.
 * @param fields type of each path that may be named
 */
export function checkTemplate(text: string, fields: ReadonlyMap<string, FieldType>): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  for (const part of parts(text)) {
    if (typeof part === 'string') {
      if (part.includes('{{') || part.includes('}}'))
        problems.push({
          offset: text.indexOf(part),
          message: '"{{" and "}}" must stand in pairs around one expression',
        });
      continue;
    }
    const message = checkExpression(part, fields);
    if (message !== undefined) problems.push({ offset: part.offset, message });
  }
  return problems;
}

const parsed = new Map<string, readonly Part[]>();

/** Templates come from files only, and are few; a bound all the same. */
function parts(text: string): readonly Part[] {
  const known = parsed.get(text);
  if (known) return known;
  if (parsed.size >= 20_000) parsed.clear();
  const found: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{\{((?:"[^"]*"|'[^']*'|(?!\{\{|\}\})[\s\S])*)\}\}/g)) {
    if (match.index > at) found.push(text.slice(at, match.index));
    found.push({ ...parseExpression(match[1]!), offset: match.index });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push(text.slice(at));
  parsed.set(text, found);
  return found;
}

/** Path, then filters; what is not understood stays in the filter's name, for the message. */
function parseExpression(text: string): Omit<Expression, 'offset'> {
  const [path = '', ...calls] = text.match(/(?:"[^"]*"|'[^']*'|[^|])+/g) ?? [];
  return { path: path.trim(), filters: calls.map((call) => parseCall(call.trim())) };
}

function parseCall(text: string): FilterCall {
  const match = /^([a-z]+)(?:\(\s*(?:"([^"]*)"|'([^']*)'|(\d+))?\s*\))?$/.exec(text);
  if (!match) return { name: text, argument: undefined };
  const [, name, double, single, number] = match;
  return { name: name!, argument: number === undefined ? (double ?? single) : Number(number) };
}

function checkExpression(
  { path, filters }: Expression,
  fields: ReadonlyMap<string, FieldType>,
): string | undefined {
  let type = fields.get(path);
  if (type === undefined) return unknownField(path, [...fields.keys()]);
  for (const { name, argument } of filters) {
    const filter = FILTERS[name];
    if (!filter) return `"${name}" is not a filter; there are ${Object.keys(FILTERS).join(', ')}`;
    if (!filter.takes.includes(type))
      return `${name} takes ${filter.takes.join(' or ')}, and this is a ${type}`;
    const wanted = filter.argument;
    if (argument !== undefined && typeof argument !== wanted)
      return wanted === undefined ? `${name} takes no argument` : `${name} takes a ${wanted} in its brackets`;
    type = filter.gives === 'same' ? type : filter.gives;
  }
  return undefined;
}

function unknownField(path: string, known: readonly string[]): string {
  if (path === '') return 'there is nothing between "{{" and "}}"';
  return `there is no field "${path}"; there are ${known.join(', ')}`;
}

function renderValue({ path, filters }: Expression, context: TemplateContext): string {
  let value: Value = lookUp(path, context);
  for (const { name, argument } of filters) value = FILTERS[name]?.apply(value, argument) ?? value;
  return clean(plain(value)).slice(0, LONGEST_VALUE);
}

/** Control characters, line breaks and marks that turn the direction of text around have no place in a sentence. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ').toWellFormed();
}

function lookUp(path: string, { rule, labels, signals }: TemplateContext): Value {
  if (path === 'rule.name') return rule.name;
  if (path === 'rule.owner') return rule.owner;
  if (path.startsWith('labels.')) return own(labels, path.slice('labels.'.length)) ?? null;
  const [, name = '', field = ''] = /^signals\.([^.]+)\.(.+)$/.exec(path) ?? [];
  const sample = own(signals, name);
  if (sample === undefined) return null;
  if (field === 'value') return sample.value;
  if (field === 'count') return sample.count;
  return own(sample.details ?? {}, field) ?? null;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
