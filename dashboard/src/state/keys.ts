/** One-key commands, as pure functions of what was typed. `?` lists them from here. */

export type Command =
  | { do: 'search' | 'help' | 'pause' | 'copy-link' | 'close' | 'next-row' | 'previous-row' | 'next-error' }
  | { do: 'go'; key: string }
  | { do: 'shift'; direction: -1 | 1 }
  | { do: 'zoom'; factor: number };

const SINGLE: Readonly<Record<string, Command>> = {
  '/': { do: 'search' },
  '?': { do: 'help' },
  l: { do: 'pause' },
  y: { do: 'copy-link' },
  j: { do: 'next-row' },
  k: { do: 'previous-row' },
  n: { do: 'next-error' },
  '[': { do: 'shift', direction: -1 },
  ']': { do: 'shift', direction: 1 },
  '-': { do: 'zoom', factor: 2 },
  '+': { do: 'zoom', factor: 0.5 },
  '=': { do: 'zoom', factor: 0.5 },
  Escape: { do: 'close' },
};

/** For the help overlay: what to type, what it does. */
export const KEY_HELP: readonly (readonly [string, string])[] = [
  ['/', 'Search traces'],
  ['g o', 'Overview'],
  ['g s', 'Services'],
  ['g m', 'Map'],
  ['g t', 'Traces'],
  ['g l', 'Logs'],
  ['g x', 'Metrics'],
  ['g c', 'Capacity'],
  ['g e', 'Experience'],
  ['g p', 'Transactions'],
  ['g i', 'Incidents'],
  ['g a', 'Actions'],
  ['g r', 'Rules'],
  ['j k', 'Next, previous row'],
  ['Enter', 'Open the row'],
  ['← →', 'Fold, unfold a span'],
  ['n', 'Next span with an error'],
  ['[ ]', 'Earlier, later by half a window'],
  ['− +', 'Wider, narrower window'],
  ['l', 'Pause, resume live values'],
  ['y', 'Copy a link with fixed times'],
  ['?', 'This list'],
  ['Esc', 'Close'],
];

/** The command of a key after `previous` (within a second), or null. `g` only begins a command. */
export function commandOf(key: string, previous: string): Command | null {
  if (previous === 'g') return /^[a-z]$/.test(key) ? { do: 'go', key } : null;
  return SINGLE[key] ?? null;
}
