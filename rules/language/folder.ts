/** The files of a rules folder. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, Problem } from '../../base/errors.ts';
import type { SourceFile } from './load.ts';

/** Rules that come with the product. */
export const DEFAULT_RULES = fileURLToPath(new URL('../default/', import.meta.url));
/** Signature of a folder that is not there. */
export const MISSING = 'missing';
const MOST_FILES = 10_000;
const DEEPEST = 10;

export interface FolderFiles {
  rules: SourceFile[];
  tests: SourceFile[];
  /** Size and time of each file, to see whether anything has changed or is just being written. */
  signature: string;
}

/**
 * Every `*.yaml` in a folder and its subfolders, hidden ones left out; `*.test.yaml` are tests. Links to files are
 * followed, as mounted configuration consists of them. A folder that is not there holds nothing.
 * @param shownAs what the paths of the files begin with, '' for paths below the folder
 * @throws Problem `unreadable_rules` when something is there and cannot be read
 */
export function readRulesFolder(folder: string, shownAs = ''): FolderFiles {
  const found: FolderFiles = { rules: [], tests: [], signature: '' };
  try {
    for (const path of yamlFiles(folder, folder, 0)) {
      const { size, mtimeMs } = statSync(path);
      const file = join(shownAs, relative(folder, path)).split(sep).join('/');
      const text = readFileSync(path, 'utf8');
      (path.endsWith('.test.yaml') ? found.tests : found.rules).push({ file, text });
      found.signature += `${file} ${size} ${mtimeMs}\n`;
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') {
      // A file that went away between two looks: no two such readings are the same, so it is looked at again.
      const signature = existsSync(folder) ? `changing ${performance.now()}` : MISSING;
      return { rules: [], tests: [], signature };
    }
    if (thrown instanceof Problem) throw thrown;
    throw new Problem('unreadable_rules', `The rules in ${folder} cannot be read: ${messageOf(thrown)}`, {
      retryable: true,
      cause: thrown,
    });
  }
  return found;
}

/** The text of a file by the name that its rule has. @throws what reading it does */
export function readRuleFile(folder: string, file: string): string {
  const own = join(folder, file);
  return readFileSync(existsSync(own) ? own : join(DEFAULT_RULES, '..', file), 'utf8');
}

/** The shipped rules, unless the folder is one that holds them already. */
export function readDefaultRules(folder: string): FolderFiles {
  const nothing = { rules: [], tests: [], signature: '' };
  return real(DEFAULT_RULES).startsWith(real(folder) + sep)
    ? nothing
    : readRulesFolder(DEFAULT_RULES, 'default');
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function yamlFiles(root: string, folder: string, depth: number): string[] {
  if (depth > DEEPEST) return [];
  const files = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return yamlFiles(root, path, depth + 1);
      const isFile =
        entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile());
      return isFile && entry.name.endsWith('.yaml') ? [path] : [];
    });
  if (files.length > MOST_FILES)
    throw new Problem(
      'too_many_rules',
      `${root} holds more than ${MOST_FILES} files: is it the right folder?`,
    );
  return files;
}
