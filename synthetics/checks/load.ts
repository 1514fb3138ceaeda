import { createHash } from 'node:crypto';
import { type Document, isMap, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../../base/nearest.ts';
import type { Check, CheckKind } from './check.ts';
import { CHECKS } from './schema.ts';

/** What a checks file says, and everything that is wrong with it, each with `file:line`. */
export interface LoadedChecks {
  /** Those that are right, also when others are not. */
  checks: Check[];
  problems: string[];
}

const MAX_CHECKS = 1_000;
const KINDS = Object.keys(CHECKS) as CheckKind[];
type Issue = z.core.$ZodIssue;

/** Reads one `*.checks.yaml` (YAML 1.2). Never throws. @param file its name in problems and in the checks */
export function loadChecks(text: string, file: string): LoadedChecks {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const found: { line: number; problem: string }[] = [];
  const say = (offset: number, problem: string) =>
    void found.push({ line: lines.linePos(offset).line || 1, problem });
  const problems = () =>
    found.sort((a, b) => a.line - b.line).map(({ line, problem }) => `${file}:${line}: ${problem}`);
  for (const error of document.errors) say(error.pos[0], error.message.split('\n')[0]!);
  if (found.length > 0) return { checks: [], problems: problems() };
  const items = listOf(document, say);
  const checks: Check[] = [];
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const check = checkOf(item, document, file, say);
    if (check === undefined) continue;
    const first = seen.get(check.name);
    if (first === undefined) checks.push(check);
    else say(offsetOf(item), `there is a check "${check.name}" already, number ${first + 1} of this file`);
    seen.set(check.name, first ?? index);
  }
  return { checks, problems: problems() };
}

type Say = (offset: number, problem: string) => void;

function listOf(document: Document, say: Say): unknown[] {
  const root = document.contents;
  const list = isMap(root) ? root.get('checks', true) : undefined;
  if (isMap(root))
    for (const { key } of root.items)
      if (String(key) !== 'checks')
        say(offsetOf(key), `"${key}" is not known here; a file has the one key "checks"`);
  if (!isSeq(list)) {
    say(offsetOf(root), 'expected "checks:" with a list of checks, each beginning with "- name:"');
    return [];
  }
  if (list.items.length > MAX_CHECKS)
    say(offsetOf(list), `there are ${list.items.length} checks; a file may have ${MAX_CHECKS}`);
  return list.items.slice(0, MAX_CHECKS);
}

function checkOf(item: unknown, document: Document, file: string, say: Say): Check | undefined {
  if (!isMap(item))
    return void say(offsetOf(item), 'expected a check: "name:" and one of http, tcp, dns, tls');
  const kinds = KINDS.filter((kind) => item.has(kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const keys = item.items.map(({ key }) => String(key)).filter((key) => !(key in CHECKS.http.shape));
    const meant = keys.map((key) => nearest(key, KINDS)).find((key) => key !== undefined);
    const hint = kinds.length > 1 ? `, not ${kinds.join(' and ')}` : meant ? `; did you mean ${meant}?` : '';
    return void say(offsetOf(item), `a check has one of http, tcp, dns, tls${hint}`);
  }
  let content: unknown;
  try {
    content = item.toJS(document);
  } catch (thrown) {
    return void say(offsetOf(item), (thrown as Error).message);
  }
  const result = CHECKS[kind].safeParse(content);
  if (!result.success) {
    for (const issue of result.error.issues)
      for (const [offset, text] of tell(issue, item, kind)) say(offset, text);
    return undefined;
  }
  const definition = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
  return build(kind, result.data as never, { file, definition });
}

/** What is wrong, each with its place: an unknown key where it stands, a value where it stands, what lacks at its check. */
function tell(issue: Issue, item: YAMLMap, kind: CheckKind): [offset: number, text: string][] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const close = nearest(key, keysAt(kind, path));
      const known =
        close === undefined ? `; known are ${keysAt(kind, path).join(', ')}` : `; did you mean ${close}?`;
      return [
        keyOffset(item, [...path, key]),
        `"${key}" is not known in ${path.join('.') || `a check of ${kind}`}${known}`,
      ];
    });
  const missing = issue.code === 'invalid_type' && !item.hasIn(issue.path);
  const text = missing ? 'is missing' : issue.message.replace(/^Invalid input: /, '');
  // A single value stands for a list of one: its place in the list is ours.
  const place = path.at(-1) === '0' && !item.hasIn(path) ? path.slice(0, -1) : path;
  return [[keyOffset(item, place), `${place.join('.') || 'check'}: ${text}`]];
}

function keysAt(kind: CheckKind, path: readonly string[]): string[] {
  if (path.length === 0) return Object.keys(CHECKS[kind].shape);
  return path[0] === 'expect' ? Object.keys(CHECKS[kind].shape.expect.unwrap().shape) : [];
}

/** Where the key at this path stands, or the nearest thing around it that is there. */
function keyOffset(item: YAMLMap, path: readonly string[]): number {
  let offset = offsetOf(item);
  let node: unknown = item;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === part);
      if (pair === undefined) return offset;
      offset = offsetOf(pair.key);
      node = pair.value;
    } else if (isSeq(node) && node.items[Number(part)] !== undefined) {
      node = node.items[Number(part)];
      offset = offsetOf(node);
    } else return offset;
  }
  return offset;
}

const offsetOf = (node: unknown): number => (node as { range?: [number] } | null)?.range?.[0] ?? 0;

type Parsed<Kind extends CheckKind> = z.output<(typeof CHECKS)[Kind]>;

function build(
  kind: CheckKind,
  parsed: Parsed<CheckKind>,
  source: { file: string; definition: string },
): Check {
  const { name, every, timeout, tags, locations } = parsed;
  const common = { ...source, name, every, timeout, tags, locations, threshold: parsed.threshold ?? null };
  if (kind === 'http') {
    const { http, method, headers, body, redirects, verify, expect } = parsed as Parsed<'http'>;
    const certificate = expect.certificate ?? null;
    return {
      ...common,
      kind,
      url: http,
      method,
      headers,
      body,
      redirects,
      verify,
      expect: { ...expect, certificate },
    };
  }
  if (kind === 'tcp') {
    const { tcp, send, expect } = parsed as Parsed<'tcp'>;
    return { ...common, kind, ...tcp, send, banner: expect.banner ?? null };
  }
  if (kind === 'dns') {
    const { dns, type, server, expect } = parsed as Parsed<'dns'>;
    return { ...common, kind, host: dns, type, server, answers: expect.answers };
  }
  const { tls, servername, verify, expect } = parsed as Parsed<'tls'>;
  return {
    ...common,
    kind,
    ...tls,
    servername: servername ?? tls.host,
    verify,
    certificate: expect.certificate,
  };
}
