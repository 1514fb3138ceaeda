/** Keeps a set of rules true to its folder while people edit it. */
import { type FSWatcher, watch } from 'node:fs';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { RuleSet } from '../../model/rule.ts';
import { type FolderFiles, MISSING, readDefaultRules, readRulesFolder } from './folder.ts';
import { type Loaded, loadRules } from './load.ts';

/** Without a change for so long, a file is taken to be written. */
const SETTLE_MS = 200;
/** Mounted and networked folders do not tell of changes. */
const LOOK_MS = 5_000;

export interface RuleFolder {
  /** The set in force; replaced as a whole, never changed. */
  current(): RuleSet;
  /** Reads the folder now if anything has changed and is written; whether it was taken over. */
  look(): boolean;
  close(): void;
}

export interface RuleFolderOptions {
  folder: string;
  /** Whether the shipped rules are in force as well. */
  defaults: boolean;
  log: Log;
  /** Called after each reload with the set before and after. */
  changed?: (set: RuleSet, before: RuleSet) => void;
  /** How long a file must be left alone before it is read, ms; 0 in tests that look by themselves. */
  settleMs?: number;
}

/**
 * Loads a folder of rules and loads it again whenever it changes. Each reload is atomic: a file that is bad keeps its
 * last good version and its problem is in `problems`; one that changes while it is read is left for the next look; a
 * folder that cannot be read, or is gone as a whole, keeps everything.
 */
export function watchRules(options: RuleFolderOptions): RuleFolder {
  const { folder, log, settleMs = SETTLE_MS } = options;
  const defaults = options.defaults ? readDefaultRules(folder).rules : [];
  const read = () => readRulesFolder(folder);
  let files = read();
  let loaded = loadRules([...files.rules, ...defaults]);
  let isGone = false;
  tell(log, loaded);

  const look = (): boolean => {
    const now = readAgain(read, log);
    if (now === undefined || now.signature === files.signature) return false;
    // Read twice the same, or it is being written.
    if (readAgain(read, log)?.signature !== now.signature) {
      settle();
      return false;
    }
    if (now.signature === MISSING && files.rules.length > 0) {
      if (!isGone) log.error(`The folder of rules ${folder} is gone; what was loaded stays in force`);
      isGone = true;
      return false;
    }
    isGone = false;
    const before = loaded;
    files = now;
    loaded = loadRules([...now.rules, ...defaults], before);
    tell(log, loaded, before);
    options.changed?.(loaded.set, before.set);
    return true;
  };

  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, settleMs).unref();
  };
  const watcher = settleMs === 0 ? undefined : watchFolder(folder, settle);
  const poll = settleMs === 0 ? undefined : setInterval(look, LOOK_MS).unref();
  return {
    current: () => loaded.set,
    look,
    close: () => {
      clearTimeout(timer);
      clearInterval(poll);
      watcher?.close();
    },
  };
}

function readAgain(read: () => FolderFiles, log: Log): FolderFiles | undefined {
  try {
    return read();
  } catch (thrown) {
    log.error(`${messageOf(thrown)}; what was loaded stays in force`);
    return undefined;
  }
}

/** Undefined where the system cannot tell; looking every few seconds remains. */
function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    return watch(folder, { recursive: true, persistent: false }, changed).on('error', () => undefined);
  } catch {
    return undefined;
  }
}

function tell(log: Log, { set }: Loaded, before?: Loaded): void {
  const known = new Set(before?.set.problems.map(({ file, line, message }) => `${file}:${line} ${message}`));
  for (const { file, line, column, message } of set.problems)
    if (!known.has(`${file}:${line} ${message}`)) log.error(`${file}:${line}:${column} ${message}`);
  if (before !== undefined)
    log.info('Rules are loaded again', { rules: set.rules.length, problems: set.problems.length });
}
