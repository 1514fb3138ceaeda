import type { HttpExpectation } from './check.ts';
import { Failed } from './failures.ts';
import { isLike, type Pattern, patternText } from './pattern.ts';

/** What came back, as far as it was read. */
export interface Answer {
  status: number;
  /** By lower-case name, each with all its values. */
  headers: NodeJS.Dict<string[]>;
  body: string;
  /** There was more than is read. */
  isCut: boolean;
}

const MAX_SHOWN = 100;

/** Holds an answer against everything that is expected of it. @throws Failed that names all that is otherwise */
export function expectAnswer(answer: Answer, expected: HttpExpectation): void {
  const wrong = [
    ...wrongStatus(answer, expected),
    ...wrongHeaders(answer, expected),
    ...wrongBody(answer, expected),
    ...wrongJson(answer, expected),
  ];
  if (wrong.length === 0) return;
  // An error is the target's own word that it failed; the rest is an answer that was not promised.
  const isError = answer.status >= 500 && wrongStatus(answer, expected).length > 0;
  throw new Failed(isError ? 'target' : 'assertion', wrong.join('; '));
}

function wrongStatus({ status }: Answer, expected: HttpExpectation): string[] {
  if (expected.status.some(([least, most]) => status >= least && status <= most)) return [];
  const wanted = expected.status.map(([least, most]) => (least === most ? least : `${least}-${most}`));
  return [`status is ${status}, not ${wanted.join(' or ')}`];
}

function wrongHeaders({ headers }: Answer, expected: HttpExpectation): string[] {
  return Object.entries(expected.headers).flatMap(([name, pattern]) => {
    const values = headers[name.toLowerCase()];
    if (values === undefined) return [`there is no header ${name}`];
    return values.some((value) => isLike(pattern, value))
      ? []
      : [`header ${name} is ${cut(values.join(', '))}, ${unlike(pattern)}`];
  });
}

function wrongBody({ body, isCut }: Answer, expected: HttpExpectation): string[] {
  const where = isCut ? 'the first 1 MiB of the body' : 'the body';
  return expected.body
    .filter((pattern) => !isLike(pattern, body))
    .map((pattern) => `${where} has no ${patternText(pattern)}; it begins with ${cut(body)}`);
}

function wrongJson({ body, isCut }: Answer, expected: HttpExpectation): string[] {
  const paths = Object.entries(expected.json);
  if (paths.length === 0) return [];
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch {
    return [isCut ? 'the body is larger than 1 MiB' : `the body is not JSON; it begins with ${cut(body)}`];
  }
  return paths.flatMap(([path, pattern]) => {
    const value = at(content, path);
    if (value === undefined) return [`there is no ${path} in the body`];
    return isLike(pattern, value) ? [] : [`${path} is ${cut(JSON.stringify(value))}, ${unlike(pattern)}`];
  });
}

/** `status`, `items[0].price`, `checks["my.db"]`, with or without `$.` before it. Own properties only. */
export function at(content: unknown, path: string): unknown {
  let value = content;
  for (const [, quoted, index, name] of path
    .replace(/^\$\.?/, '')
    .matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
    const key = quoted ?? index ?? name!;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

const unlike = (pattern: Pattern): string =>
  `not ${pattern.kind === 'equals' ? '' : 'like '}${patternText(pattern)}`;

const cut = (text: string): string =>
  JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
