import type { Engine } from '../../store/engine.ts';

const POLL_MS = 500;
/** Polls in a row without a merge and with the same parts: the engine looks for work at least once a second. */
const QUIET_POLLS = 4;
const GIVE_UP_MS = 40_000;

/** Waits for a condition. @throws Error that says what was waited for */
export async function waitUntil(
  what: string,
  withinMs: number,
  condition: () => Promise<boolean>,
  pollMs = 200,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/**
 * Waits until the engine has merged what it wants to merge: no merge running and the same parts for two seconds.
 * Inserting is half the work; figures taken before this are too good.
 * @returns false when it did not come to rest within 40 s
 */
export async function mergesSettled(engine: Engine): Promise<boolean> {
  const deadline = performance.now() + GIVE_UP_MS;
  let quiet = 0;
  let before = -1;
  while (performance.now() < deadline) {
    const [row] = await engine.query<{ merges: number; parts: number }>(
      `SELECT (SELECT count() FROM system.merges) AS merges,
        (SELECT count() FROM system.parts WHERE active AND database = currentDatabase()) AS parts`,
    );
    quiet = row!.merges === 0 && row!.parts === before ? quiet + 1 : 0;
    before = row!.parts;
    if (quiet >= QUIET_POLLS) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

/** Rows the engine has merged since it was started, in all tables: how much of the later work a figure contains. */
export async function mergedRows(engine: Engine): Promise<number> {
  const [row] = await engine.query<{ rows: number }>(
    "SELECT sum(value) AS rows FROM system.events WHERE event = 'MergedRows'",
  );
  return row!.rows;
}
