/** How much more load a resource can bear: a line through load and use, and where it reaches the safe limit. */

/** Above this, waiting grows faster than load (queueing theory: at 80 % a single server already has five times the time). */
export const SAFE_USE = 0.8;
const LEAST_R2 = 0.5;
const LEAST_VARIATION = 2;
const LEAST_POINTS = 10;

export interface LoadPoint {
  /** Requests per minute. */
  load: number;
  /** 0..1 */
  use: number;
}

/** use = base + slope · load; r2 is the share of use's variance that it explains. */
export interface Fit {
  base: number;
  slope: number;
  r2: number;
}

/** Why there is no room to tell; each has its sentence on the page. */
export type NoRoom = 'no-limit' | 'no-load' | 'few-points' | 'steady-load' | 'weak-fit';

export type Room =
  | { known: true; times: number; safeLoad: number; peakLoad: number; fit: Fit }
  | { known: false; why: NoRoom; fit: Fit | null };

/** Ordinary least squares; null without two different loads. */
export function fitLine(points: readonly LoadPoint[]): Fit | null {
  const n = points.length;
  const mean = (of: (point: LoadPoint) => number) => points.reduce((sum, point) => sum + of(point), 0) / n;
  const [loadMean, useMean] = [mean(({ load }) => load), mean(({ use }) => use)];
  const sum = (of: (load: number, use: number) => number) =>
    points.reduce((total, { load, use }) => total + of(load - loadMean, use - useMean), 0);
  const loadSquares = sum((load) => load * load);
  if (n < 2 || loadSquares === 0) return null;
  const slope = sum((load, use) => load * use) / loadSquares;
  const useSquares = sum((_, use) => use * use);
  const r2 = useSquares === 0 ? 0 : (slope * slope * loadSquares) / useSquares;
  return { base: useMean - slope * loadMean, slope, r2 };
}

/**
 * Room = L* / peak load, where L* is the load at which fitted use reaches `SAFE_USE`. Only where the fit explains at least
 * half of the variance (R² ≥ 0.5) and load at its highest was at least twice its lowest; else there is only use.
 */
export function roomOf(points: readonly LoadPoint[]): Room {
  const loads = points.map(({ load }) => load);
  const peakLoad = Math.max(0, ...loads);
  const none = (why: NoRoom, fit: Fit | null = null): Room => ({ known: false, why, fit });
  if (peakLoad === 0) return none('no-load');
  if (points.length < LEAST_POINTS) return none('few-points');
  if (peakLoad < LEAST_VARIATION * Math.min(...loads)) return none('steady-load');
  const fit = fitLine(points);
  if (fit === null || fit.slope <= 0 || fit.r2 < LEAST_R2) return none('weak-fit', fit);
  const safeLoad = Math.max(0, (SAFE_USE - fit.base) / fit.slope);
  return { known: true, times: safeLoad / peakLoad, safeLoad, peakLoad, fit };
}

/** Fitted use at so many times the peak load; null where use does not follow load. */
export function useAt(room: Room, factor: number): number | null {
  return room.known ? Math.max(0, room.fit.base + room.fit.slope * room.peakLoad * factor) : null;
}

/**
 * What breaks first when load is `factor` times its peak: by use at that load, the fullest first. Resources whose use
 * does not follow load keep the use they have and stand after those of the same use that do.
 */
export function byUseAt<R extends { room: Room; used: number | null; id: string }>(
  resources: readonly R[],
  factor: number,
): { resource: R; use: number | null; breaks: boolean }[] {
  return resources
    .map((resource) => {
      const predicted = useAt(resource.room, factor);
      const use = predicted ?? resource.used;
      return { resource, use, breaks: predicted !== null && predicted >= SAFE_USE };
    })
    .sort(
      (a, b) =>
        Number(b.breaks) - Number(a.breaks) ||
        (b.use ?? -1) - (a.use ?? -1) ||
        (a.resource.id < b.resource.id ? -1 : 1),
    );
}
