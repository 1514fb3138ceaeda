/** The browser's own parts behind the ports of `stream.ts`. */
import { kioskScale } from './kiosk.ts';
import type { Browser, Channel, Source } from './stream.ts';

export const browser: Browser = {
  open: (url) => new EventSource(url) as unknown as Source,
  channel: (name) => new BroadcastChannel(name) as unknown as Channel,
  lock(name, signal, held) {
    // Only secure contexts have locks; http://10.0.0.5:8080 is none. Then this tab reads for itself.
    if (!('locks' in navigator)) {
      void held();
      return;
    }
    navigator.locks.request(name, { signal }, held).catch(() => {
      // Aborted while waiting: the tab has left.
    });
  },
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Puts text on the clipboard, also where the Clipboard API is missing (no secure context). True when it worked. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'offscreen';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/** Draws the page as a kiosk until it is undone. */
export function beginKiosk(): () => void {
  const root = document.documentElement;
  const draw = () =>
    root.style.setProperty('zoom', String(kioskScale({ width: innerWidth, height: innerHeight })));
  draw();
  root.classList.add('kiosk');
  addEventListener('resize', draw);
  return () => {
    removeEventListener('resize', draw);
    root.classList.remove('kiosk');
    root.style.removeProperty('zoom');
  };
}
