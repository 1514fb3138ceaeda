/** Which services a request speaks of, read at resource level only: spans are stepped over. */
import { Arena } from './arena.ts';
import { Fields } from './fields.ts';
import { writeText } from './stringify.ts';

/**
 * Distinct `service.name` values in order of appearance; a resource without one adds nothing. All three requests
 * agree down to here: field 1 ResourceSpans (-Metrics, -Logs) → field 1 Resource → field 1 attributes.
 * @param body an approved request: its structure is not checked again
 */
export function serviceNames(body: Uint8Array): string[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const names = new Set<string>();
  const groups = new Fields(bytes, 0, bytes.length);
  while (groups.next()) {
    if (groups.number !== 1) continue;
    const group = new Fields(bytes, groups.from, groups.until);
    while (group.next()) {
      if (group.number !== 1) continue;
      const name = serviceName(bytes, group);
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}

/** The first `service.name` of a resource, as pdata's `Map.Get` takes it. */
function serviceName(bytes: Buffer, resource: Fields): string | undefined {
  const attributes = new Fields(bytes, resource.from, resource.until);
  while (attributes.next()) {
    if (attributes.number !== 1) continue;
    const attribute = new Fields(bytes, attributes.from, attributes.until);
    let named = false;
    let value: Fields | undefined;
    while (attribute.next()) {
      if (attribute.number === 1) named = isServiceName(bytes, attribute);
      else if (attribute.number === 2) value = new Fields(bytes, attribute.from, attribute.until);
    }
    if (named) return valueText(bytes, value);
  }
  return undefined;
}

function isServiceName(bytes: Buffer, key: Fields): boolean {
  return key.until - key.from === 12 && bytes.toString('latin1', key.from, key.until) === 'service.name';
}

function valueText(bytes: Buffer, value: Fields | undefined): string {
  const text = new Arena(256);
  if (value?.next()) writeText(text, bytes, value);
  return text.bytes.toString('utf8', 0, text.length);
}
