/** Who a request is from, read at resource level: items are stepped over, or counted where several sources share it. */
import { Arena } from './arena.ts';
import { Fields } from './fields.ts';
import { writeText } from './stringify.ts';

/** A service and the SDK it is instrumented with, by the attributes of a resource; '' for what it does not say. */
export interface Source {
  service: string;
  sdk: { name: string; language: string; version: string };
  /** Of the request's items. Exact for spans and log records; data points are shared out by metrics. */
  items: number;
}

const KEYS = [
  'service.name',
  'telemetry.sdk.name',
  'telemetry.sdk.language',
  'telemetry.sdk.version',
] as const;

/**
 * Resources looked at, and characters kept of a name. A hostile body holds 33 million resources of two bytes, or a name
 * of 64 MiB; an agent sends some hundred resources in a request.
 */
const MAX_RESOURCES = 2_000;
const MAX_NAME_BYTES = 200;

/**
 * Distinct sources in order of appearance. All three requests agree down to here: field 1 ResourceSpans (-Metrics,
 * -Logs) → field 1 Resource → field 1 attributes; field 2 ScopeSpans → field 2 spans.
 * @param body an approved request: its structure is not checked again
 * @param items in the body
 */
export function sourcesOf(body: Uint8Array, items: number): Source[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const sources = new Map<string, Source>();
  const found: { source: Source; from: number; until: number }[] = [];
  const groups = new Fields(bytes, 0, bytes.length);
  while (found.length < MAX_RESOURCES && groups.next()) {
    if (groups.number !== 1) continue;
    const [service = '', name = '', language = '', version = ''] = namesIn(bytes, groups);
    const key = JSON.stringify([service, name, language, version]);
    let source = sources.get(key);
    if (source === undefined) {
      source = { service, sdk: { name, language, version }, items: 0 };
      sources.set(key, source);
    }
    found.push({ source, from: groups.from, until: groups.until });
  }
  if (sources.size === 1) found[0]!.source.items = items;
  else shareOut(bytes, found, items);
  return [...sources.values()];
}

/** `service.name` of one ResourceSpans (-Metrics, -Logs), '' when it has none. @param body approved, [from, until) of it */
export function serviceIn(body: Uint8Array, from: number, until: number): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return namesIn(bytes, { from, until })[0] ?? '';
}

function shareOut(
  bytes: Buffer,
  found: readonly { source: Source; from: number; until: number }[],
  items: number,
): void {
  const counts = found.map(({ from, until }) => countIn(bytes, from, until));
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return;
  for (const [i, { source }] of found.entries()) source.items += Math.round((items * counts[i]!) / total);
}

function countIn(bytes: Buffer, from: number, until: number): number {
  let count = 0;
  const group = new Fields(bytes, from, until);
  while (group.next()) {
    if (group.number !== 2) continue;
    const scope = new Fields(bytes, group.from, group.until);
    while (scope.next()) if (scope.number === 2) count += 1;
  }
  return count;
}

/** [key]: the first value of it in the resource, as pdata's `Map.Get` takes it. */
function namesIn(bytes: Buffer, group: Pick<Fields, 'from' | 'until'>): (string | undefined)[] {
  const names: (string | undefined)[] = KEYS.map(() => undefined);
  const parts = new Fields(bytes, group.from, group.until);
  while (parts.next()) {
    if (parts.number !== 1) continue;
    const attributes = new Fields(bytes, parts.from, parts.until);
    while (attributes.next()) if (attributes.number === 1) readAttribute(bytes, attributes, names);
  }
  return names;
}

function readAttribute(bytes: Buffer, { from, until }: Fields, names: (string | undefined)[]): void {
  const attribute = new Fields(bytes, from, until);
  let which = -1;
  let value: Fields | undefined;
  while (attribute.next()) {
    if (attribute.number === 1) which = keyAt(bytes, attribute);
    else if (attribute.number === 2) value = new Fields(bytes, attribute.from, attribute.until);
  }
  if (which >= 0) names[which] ??= valueText(bytes, value);
}

/** Index in `KEYS`, or -1; told by length first, since most attributes are none of them. */
function keyAt(bytes: Buffer, { from, until }: Fields): number {
  for (let i = 0; i < KEYS.length; i++)
    if (KEYS[i]!.length === until - from && bytes.toString('latin1', from, until) === KEYS[i]) return i;
  return -1;
}

function valueText(bytes: Buffer, value: Fields | undefined): string {
  const text = new Arena(256);
  if (value?.next()) writeText(text, bytes, value);
  return text.bytes.toString('utf8', 0, Math.min(text.length, MAX_NAME_BYTES));
}
