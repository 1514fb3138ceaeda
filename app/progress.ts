/** One line that moves on a terminal, a line every few seconds elsewhere. Always on stderr. */
export interface ProgressOutput {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

const EVERY_MS = { terminal: 200, elsewhere: 5_000 };

/**
 * Shows what `describe` says until it is stopped.
 * @param describe is handed the milliseconds since the call
 * @returns ends it and leaves a clean line
 */
export function showProgress(output: ProgressOutput, describe: (elapsedMs: number) => string): () => void {
  const began = performance.now();
  const isTerminal = output.isTTY === true;
  const show = () => {
    const text = describe(performance.now() - began);
    if (isTerminal) output.write(`\r\x1b[K${text.slice(0, (output.columns ?? 80) - 1)}`);
    else output.write(`${text}\n`);
  };
  const timer = setInterval(show, isTerminal ? EVERY_MS.terminal : EVERY_MS.elsewhere);
  return () => {
    clearInterval(timer);
    if (isTerminal) output.write('\r\x1b[K');
  };
}
