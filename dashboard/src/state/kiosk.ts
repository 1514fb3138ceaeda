/** A screen on a wall: no navigation, as large as the overview fits, nothing to press. */

/** What the overview was made for without its bar, CSS pixels. */
const WIDTH = 1366;
const HEIGHT = 720;
const LARGEST = 3;

/** How much larger everything is drawn. @param screen in CSS pixels */
export function kioskScale(screen: { width: number; height: number }): number {
  const scale = Math.min(screen.width / WIDTH, screen.height / HEIGHT);
  return Math.min(LARGEST, Math.max(1, Math.floor(scale * 100) / 100));
}
