/** The repository's own files as the house tests see them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Not ours, or made by a program. */
const SKIPPED = new Set(['node_modules', 'dist', 'data', 'coverage', 'test-results']);

/** Every file of the repository but hidden folders and what is made, as paths from its root. */
export function files(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.has(entry.name) || entry.name.startsWith('.')) return [];
    return entry.isDirectory() ? files(path) : entry.isFile() ? [path] : [];
  });
}

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Source files of all kinds that we write. */
export const sources = (): string[] => files().filter((path) => /\.(?:ts|js|svelte|css|sql)$/.test(path));

/** Files that import, i.e. TypeScript, JavaScript and Svelte. */
export const modules = (): string[] => sources().filter((path) => /\.(?:ts|js|svelte)$/.test(path));

/** The code of a module: of a Svelte file what stands in its script elements, at its place. */
export function code(path: string): ts.SourceFile {
  const text = path.endsWith('.svelte') ? scripts(read(path)) : read(path);
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

function scripts(svelte: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ');
  let out = '';
  let at = 0;
  for (const match of svelte.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) {
    const from = match.index + match[0].indexOf('>') + 1;
    out += blank(svelte.slice(at, from)) + match[1];
    at = from + match[1]!.length;
  }
  return out + blank(svelte.slice(at));
}

export interface Import {
  /** As written. */
  specifier: string;
  /** Path from the root when it is a file of ours. */
  target: string | undefined;
  /** Gone when types are stripped. */
  typeOnly: boolean;
}

/** What a module imports, statically, dynamically or by exporting it again. */
export function imports(path: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Expression | undefined, typeOnly: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const { text } = specifier;
    const target = text.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), text)) : undefined;
    found.push({ specifier: text, target, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(code(path));
  return found;
}

/** The top-level folder, '' for a file in the root. */
export const roomOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

export const exists = (path: string): boolean => existsSync(join(ROOT, path));
export const isFolder = (path: string): boolean => exists(path) && statSync(join(ROOT, path)).isDirectory();
