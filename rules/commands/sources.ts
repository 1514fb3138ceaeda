/** Which files a command looks at. */
import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Problem } from '../../base/errors.ts';
import { type FolderFiles, readDefaultRules, readRulesFolder } from '../language/folder.ts';
import { type Loaded, loadRules } from '../language/load.ts';

export interface Sources {
  loaded: Loaded;
  tests: FolderFiles['tests'];
  /** Rules that were found, not counting the shipped ones. */
  files: number;
}

/**
 * Rules and tests of a folder, paths as people typed them. The shipped rules are loaded too, because rules may look at
 * them, but are not told of.
 * @throws Problem `usage` when there is no such folder
 */
export function readSources(folder: string, defaults: boolean): Sources {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Problem('usage', `There is no folder "${folder}". Say which one holds the rules: --folder DIR`);
  const { rules, tests } = readRulesFolder(folder, folder);
  const shipped = defaults ? readDefaultRules(folder).rules : [];
  return { loaded: loadRules([...rules, ...shipped]), tests, files: rules.length };
}

/** Tests that were named, by file or by the rule beside them; all when none was. @throws Problem `usage` */
export function chooseTests(tests: FolderFiles['tests'], wanted: readonly string[]): FolderFiles['tests'] {
  if (wanted.length === 0) return tests;
  return wanted.flatMap((path) => {
    const name = path.endsWith('.test.yaml')
      ? path
      : join(dirname(path), `${basename(path, '.yaml')}.test.yaml`);
    const chosen = tests.filter(({ file }) => file === join(name) || file.startsWith(`${join(path)}/`));
    if (chosen.length === 0) throw new Problem('usage', `There are no tests in "${path}".`);
    return chosen;
  });
}
