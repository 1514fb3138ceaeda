import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder and a list of what must be undone, last first. */
export interface Scratch {
  folder: string;
  /** Must not throw, and must be fit to run when a signal ends the process: no waiting for anything that matters. */
  atEnd(undo: () => void): void;
}

/** Runs `work` with a scratch that is cleared whatever happens: an error, Ctrl-C, SIGTERM. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'loopwatch-'));
  const undoing: (() => void)[] = [];
  const clear = () => {
    for (const undo of undoing.splice(0).reverse()) undo();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const interrupted = (signal: NodeJS.Signals) => {
    clear();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work({ folder, atEnd: (undo) => undoing.push(undo) });
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    clear();
  }
}
