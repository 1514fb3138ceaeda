import { Problem } from './errors.ts';

const DURATION_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SIZE_BYTES: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** `90s`, `1.5h`, `2m30s`: numbers with units, the larger unit first, each once. The source of a regular expression. */
export const DURATION_PATTERN = `(?=\\d)${['w', 'd', 'h', 'm(?!s)', 's', 'ms'].map((unit) => `(?:\\d+(?:\\.\\d+)?${unit})?`).join('')}`;
const DURATION = new RegExp(`^${DURATION_PATTERN}$`);

/** `250ms`, `90s`, `5m`, `2m30s`, `4h`, `30d`, `1w` → milliseconds. @throws Problem `invalid_duration` */
export function parseDuration(text: string): number {
  const written = text.trim();
  if (!DURATION.test(written))
    throw new Problem(
      'invalid_duration',
      `"${text}" is not a duration like 250ms, 90s, 2m30s, 4h, 30d or 1w`,
    );
  const parts = written.matchAll(/([\d.]+)([a-z]+)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * DURATION_MS[unit!]!, 0);
}

/** `512MiB`, `2GiB`, `64kB`, `100B` → bytes. @throws Problem `invalid_size` */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/.exec(text.trim());
  const factor = match ? SIZE_BYTES[match[2]!] : undefined;
  if (!match || factor === undefined)
    throw new Problem('invalid_size', `"${text}" is not a size like 64MiB, 2GiB or 500MB`);
  return Number(match[1]) * factor;
}

/** Milliseconds for people, at most two units: `250ms`, `90s` is `1m 30s`, `2d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1_000) return `${Number(ms.toPrecision(3))}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const unit of ['d', 'h', 'm', 's']) {
    const count = Math.floor(rest / DURATION_MS[unit]!);
    rest -= count * DURATION_MS[unit]!;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ');
}

/** Bytes for people: `0 B`, `12.3 kB`, `1.24 GB`. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (bytes >= factor) return `${Number((bytes / factor).toPrecision(3))} ${unit}`;
  return `${Math.round(bytes)} B`;
}
