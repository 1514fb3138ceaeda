/** What part of a drawing is seen: `x` and `y` of its left upper corner in the drawing's units, pixels per unit. */

export interface Camera {
  x: number;
  y: number;
  scale: number;
}

export interface Box {
  width: number;
  height: number;
}

const SMALLEST = 0.05;
const LARGEST = 3;
const MARGIN = 16;

/** The whole drawing in the middle of the window, never larger than life. */
export function fitted(drawing: Box, screen: Box): Camera {
  const room = { width: screen.width - 2 * MARGIN, height: screen.height - 2 * MARGIN };
  const scale = clamp(Math.min(1, room.width / drawing.width, room.height / drawing.height));
  return {
    x: drawing.width / 2 - screen.width / 2 / scale,
    y: drawing.height / 2 - screen.height / 2 / scale,
    scale,
  };
}

/** Larger (factor above 1) or smaller; the point under `at`, in pixels, stays where it is. */
export function zoom(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const scale = clamp(camera.scale * factor);
  return {
    x: camera.x + at.x / camera.scale - at.x / scale,
    y: camera.y + at.y / camera.scale - at.y / scale,
    scale,
  };
}

/** Moves the drawing by pixels. */
export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale };
}

/** Moves as little as needed to see a point, in units, with room around it. */
export function show(camera: Camera, point: { x: number; y: number }, screen: Box, room = 80): Camera {
  const px = (point.x - camera.x) * camera.scale;
  const py = (point.y - camera.y) * camera.scale;
  const move = (at: number, size: number) =>
    at < room ? room - at : at > size - room ? size - room - at : 0;
  return pan(camera, move(px, screen.width), move(py, screen.height));
}

function clamp(scale: number): number {
  return Number.isFinite(scale) ? Math.min(LARGEST, Math.max(SMALLEST, scale)) : 1;
}
