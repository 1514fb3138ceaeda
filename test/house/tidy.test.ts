/** The outer bounds of style, held by a program so that nobody needs to remember them. */
import { readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { code, exists, files, isFolder, modules, ROOT, read, roomOf, sources } from './sources.ts';

const MAX_LINES = 400;
const MAX_FUNCTION_LINES = 80;
/** What others use must say what it does; pages and tools are read by who changes them. */
const WITH_DOCSTRINGS = ['base', 'model', 'store', 'collector', 'api', 'app', 'rules', 'synthetics'];
/** Longer by nature: one table, one subject. None at the moment. */
const LONGER: readonly string[] = [];

const lines = (text: string): number => text.trimEnd().split('\n').length;

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = sources()
    .filter((path) => !LONGER.includes(path))
    .map((path) => [path, lines(read(path))] as const)
    .filter(([, count]) => count > MAX_LINES);
  expect(long).toEqual([]);
});

test(`no function is longer than ${MAX_FUNCTION_LINES} lines`, () => {
  const long: string[] = [];
  for (const path of modules()) {
    const file = code(path);
    const visit = (node: ts.Node): void => {
      const isSuite =
        ts.isArrowFunction(node) && /\b(?:describe|fixture)\b/.test(node.parent.getText().slice(0, 40));
      if (ts.isFunctionLike(node) && 'body' in node && node.body && !isSuite) {
        const count = lines(node.getText());
        const { line } = file.getLineAndCharacterOfPosition(node.getStart());
        if (count > MAX_FUNCTION_LINES) long.push(`${path}:${line + 1} has ${count} lines`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  expect(long).toEqual([]);
});

test('every exported function says what it does', () => {
  const silent: string[] = [];
  for (const path of modules().filter(
    (one) => WITH_DOCSTRINGS.includes(roomOf(one)) && !one.endsWith('.svelte'),
  ))
    for (const statement of code(path).statements) {
      const isExported =
        ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword);
      const name = exportedFunction(statement);
      // The one export of a file that begins with what it is about needs no second sentence.
      if (
        isExported &&
        name !== undefined &&
        ts.getJSDocCommentsAndTags(statement).length === 0 &&
        !saysItself(path)
      )
        silent.push(`${path}: ${name}`);
    }
  expect(silent).toEqual([]);
});

/** The name of a function, or of a constant that is one. */
function exportedFunction(statement: ts.Statement): string | undefined {
  if (ts.isFunctionDeclaration(statement)) return statement.name?.text;
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration] = statement.declarationList.declarations;
  const value = declaration?.initializer;
  return value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))
    ? declaration.name.getText()
    : undefined;
}

/** A file whose only exported function is told of by the comment it begins with. */
function saysItself(path: string): boolean {
  const exported = code(path).statements.filter(
    (one) => exportedFunction(one) !== undefined && one.getText().startsWith('export'),
  );
  return exported.length === 1 && read(path).startsWith('/**');
}

describe('ARCHITECTURE.md', () => {
  const text = read('ARCHITECTURE.md');

  test('names every folder of the root', () => {
    const folders = readdirSync(ROOT).filter(
      (name) => !/^\.|^(?:node_modules|data|coverage|test-results)$/.test(name) && isFolder(name),
    );
    expect(folders.filter((name) => !text.includes(`${name}/`))).toEqual([]);
  });

  test('says of every dependency why it is there', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

test('every dependency is pinned to one version', () => {
  const { dependencies, devDependencies, ...other } = JSON.parse(read('package.json'));
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)),
  );
  expect(loose).toEqual([]);
  expect(Object.keys(other)).not.toEqual(
    expect.arrayContaining(['optionalDependencies', 'peerDependencies']),
  );
});

test('every relative link in a .md file leads somewhere', () => {
  const broken: string[] = [];
  for (const path of files().filter((one) => one.endsWith('.md'))) {
    const text = read(path).replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
    for (const match of text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:src|href)="([^"]+)"/g)) {
      const target = match[1] ?? match[2]!;
      if (/^[a-z][a-z+.-]*:|^\/\//i.test(target)) continue;
      const [file, anchor] = target.split('#') as [string, string | undefined];
      const at = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
      if (!exists(at)) broken.push(`${path} → ${target}`);
      else if (anchor && at.endsWith('.md') && !anchors(read(at)).includes(anchor))
        broken.push(`${path} → ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

/** As GitHub makes them of headings. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ +(.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
