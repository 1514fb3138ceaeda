/**
 * The live stream, one per view for all tabs: HTTP/1.1 allows a browser six connections to a host, and seven tabs with
 * a stream each would hang the eighth request. The tab that holds a Web Lock reads the stream and passes every message
 * on over a BroadcastChannel; when it closes, the lock falls to another tab. Without Web Locks (plain HTTP on another
 * host than localhost) every tab reads for itself.
 */

/** Two missed heartbeats of 15 s and a little: then the connection is dead, whatever the socket says. */
export const SILENT_AFTER_MS = 31_000;
const RETRY_MS = [1000, 2000, 5000, 10_000] as const;
const CLOSED = 2;

export const EVENTS = ['services', 'status', 'beat'] as const;
export type EventName = (typeof EVENTS)[number];

/** What passes between tabs. `hello` asks the reading tab to repeat its last values for one that has just come. */
type Message = { kind: 'event'; name: EventName; data: string } | { kind: 'broken' } | { kind: 'hello' };

export interface Handlers {
  event(name: EventName, data: string): void;
  /** The connection was lost or refused; it is being tried again. */
  broken(): void;
}

/** The browser's parts, so that a test can stand in for them. */
export interface Browser {
  open(url: string): Source;
  channel(name: string): Channel;
  /** Calls `held` once this tab holds the lock, until the promise it returns settles. */
  lock(name: string, signal: AbortSignal, held: () => Promise<void>): void;
  after(ms: number, call: () => void): () => void;
}

export interface Source {
  readonly readyState: number;
  onerror: (() => void) | null;
  addEventListener(name: string, listener: (event: { data: string }) => void): void;
  close(): void;
}

export interface Channel {
  onmessage: ((event: { data: Message }) => void) | null;
  postMessage(message: Message): void;
  close(): void;
}

/** Takes part in the stream at `url`. Returns how to leave it. */
export function join(url: string, handlers: Handlers, browser: Browser): () => void {
  const channel = browser.channel(`loopwatch ${url}`);
  const left = new AbortController();
  let reader: Reader | undefined;

  channel.onmessage = ({ data }) => {
    if (data.kind === 'event') handlers.event(data.name, data.data);
    else if (data.kind === 'broken') handlers.broken();
    else reader?.repeat();
  };
  const pass = (message: Message) => {
    if (left.signal.aborted) return;
    if (message.kind === 'event') handlers.event(message.name, message.data);
    else if (message.kind === 'broken') handlers.broken();
    channel.postMessage(message);
  };

  channel.postMessage({ kind: 'hello' });
  browser.lock(`loopwatch ${url}`, left.signal, () => {
    if (left.signal.aborted) return Promise.resolve();
    reader = read(url, pass, browser);
    return new Promise((release) => {
      left.signal.addEventListener('abort', () => {
        reader?.stop();
        release();
      });
    });
  });
  return () => {
    left.abort();
    channel.onmessage = null;
    channel.close();
  };
}

interface Reader {
  repeat(): void;
  stop(): void;
}

/** Reads the stream and opens it anew when it breaks, is refused, or falls silent. */
function read(url: string, pass: (message: Message) => void, browser: Browser): Reader {
  const last = new Map<EventName, string>();
  let source: Source;
  let failures = 0;
  let cancel = () => {};

  const reopen = () => {
    source?.close();
    open();
  };
  const watch = () => {
    cancel();
    cancel = browser.after(SILENT_AFTER_MS, () => {
      pass({ kind: 'broken' });
      reopen();
    });
  };
  const open = () => {
    source = browser.open(url);
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }) => {
        failures = 0;
        last.set(name, data);
        watch();
        pass({ kind: 'event', name, data });
      });
    }
    source.onerror = () => {
      pass({ kind: 'broken' });
      // A dropped connection the browser mends itself; a refused one (an answer that is no stream) it gives up.
      if (source.readyState !== CLOSED) return;
      cancel();
      cancel = browser.after(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]!, reopen);
    };
    watch();
  };
  open();
  return {
    repeat: () => {
      for (const [name, data] of last) pass({ kind: 'event', name, data });
    },
    stop: () => {
      cancel();
      source.close();
    },
  };
}
