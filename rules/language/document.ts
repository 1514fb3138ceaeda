/** A YAML file with the place of everything in it. */
import { isMap, isPair, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { FileProblem } from '../../model/rule.ts';

/** Rules are written by hand; what is longer is something else. */
const LONGEST_FILE = 1_000_000;
const MOST_ALIASES = 100;
/** Nobody writes this deep, and whatever walks over it recurses. */
const DEEPEST = 100;

export type Path = readonly (string | number)[];

export interface YamlFile {
  file: string;
  /** Plain data, undefined when the file cannot be read as YAML. */
  content: unknown;
  problems: FileProblem[];
  /** 1-based place of the value at a path, or of the nearest thing around it that exists. */
  placeOf(path: Path): { line: number; column: number };
  /** Of a key of the map at a path. */
  placeOfKey(path: Path, key: string): { line: number; column: number };
  /** Offsets in the text of the plain value at a path; null where there is none. */
  rangeOf(path: Path): { from: number; to: number } | null;
}

/** Reads YAML 1.2 (`on` is a word, `1:30` a text) with unique keys; all its mistakes at once. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (text.length > LONGEST_FILE) return unreadable(file, 'is longer than 1 MB, which no rule is');
  const document = parseDocument(text, {
    version: '1.2',
    uniqueKeys: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const problems = document.errors.map((error) => ({
    file,
    ...place(error.pos[0]),
    message: `this is not YAML: ${error.message.split('\n')[0]}`,
  }));
  const placeOf = (path: Path) => place(nodeAt(document.contents, path)?.range?.[0] ?? 0);
  let content: unknown;
  try {
    if (problems.length === 0) content = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    problems.push({
      file,
      line: 1,
      column: 1,
      message: `refers to its anchors more than ${MOST_ALIASES} times`,
    });
  }
  if (isDeeper(content, DEEPEST)) {
    content = undefined;
    problems.push({ file, line: 1, column: 1, message: `is nested more than ${DEEPEST} deep` });
  }
  return {
    file,
    content,
    problems,
    placeOf,
    placeOfKey: (path, key) => {
      const map = nodeAt(document.contents, path);
      const offset = isMap(map)
        ? keyNode(map.items.find((pair) => keyOf(pair) === key))?.range?.[0]
        : undefined;
      return offset === undefined ? placeOf(path) : place(offset);
    },
    rangeOf: (path) => {
      const parent = nodeAt(document.contents, path.slice(0, -1));
      const node = nodeAt(document.contents, path);
      if (node === parent || !isScalar(node) || !node.range) return null;
      return { from: node.range[0], to: node.range[1] };
    },
  };
}

/** Level by level, without recursion. */
function isDeeper(content: unknown, limit: number): boolean {
  let level = [content];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return false;
}

function unreadable(file: string, message: string): YamlFile {
  const place = () => ({ line: 1, column: 1 });
  return {
    file,
    content: undefined,
    problems: [{ file, line: 1, column: 1, message }],
    placeOf: place,
    placeOfKey: place,
    rangeOf: () => null,
  };
}

/** The node at a path; what is missing there is told of at the innermost thing that is there. */
function nodeAt(root: Node | null, path: Path): Node | null {
  let node = root;
  for (const step of path) {
    if (node === null || !('items' in node)) return node;
    const items = node.items as unknown[];
    const item = isMap(node)
      ? items.find((one) => isPair(one) && keyOf(one) === String(step))
      : items[Number(step)];
    if (item === undefined) return node;
    const next = isPair(item) ? ((item.value ?? item.key) as Node) : (item as Node);
    node = next;
  }
  return node;
}

function keyNode(pair: Pair | undefined): Node | undefined {
  return pair?.key as Node | undefined;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}
