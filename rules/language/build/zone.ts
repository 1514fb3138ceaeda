import type { Say } from './say.ts';

/** Tells when a time zone is not known here. */
export function checkZone(zone: string | undefined, path: (string | number)[], say: Say): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC' });
  } catch {
    say(path, `"${zone}" is not a time zone; they are named like Europe/Berlin or UTC`);
  }
}
