import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Browser,
  type Channel,
  join,
  SILENT_AFTER_MS,
  type Source,
} from '../../dashboard/src/state/stream.ts';

/** A browser with several tabs, its locks, channels and timers, in which nothing happens by itself. */
class FakeBrowser {
  sources: FakeSource[] = [];
  #channels: (Channel & { name: string })[] = [];
  #waiting: { held: () => Promise<void>; signal: AbortSignal }[] = [];
  #timers: { at: number; call: () => void }[] = [];
  #now = 0;
  #locked = false;

  readonly tab: Browser = {
    open: (url) => {
      const source = new FakeSource(url);
      this.sources.push(source);
      return source;
    },
    channel: (name) => {
      const channel: Channel & { name: string } = {
        name,
        onmessage: null,
        postMessage: (data) => {
          for (const other of this.#channels) {
            if (other !== channel && other.name === name) other.onmessage?.({ data });
          }
        },
        close: () => {
          this.#channels = this.#channels.filter((each) => each !== channel);
        },
      };
      this.#channels.push(channel);
      return channel;
    },
    lock: (_, signal, held) => {
      this.#waiting.push({ held, signal });
      this.#grant();
    },
    after: (ms, call) => {
      const timer = { at: this.#now + ms, call };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((each) => each !== timer);
      };
    },
  };

  #grant(): void {
    const next = this.#locked ? undefined : this.#waiting.shift();
    if (!next) return;
    if (next.signal.aborted) {
      this.#grant();
      return;
    }
    this.#locked = true;
    void next.held().then(() => {
      this.#locked = false;
      this.#grant();
    });
  }

  pass(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter((timer) => timer.at <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
    for (const timer of due) timer.call();
  }

  get open(): FakeSource[] {
    return this.sources.filter((source) => source.readyState !== 2);
  }
}

class FakeSource implements Source {
  readyState = 1;
  onerror: (() => void) | null = null;
  #listeners = new Map<string, (event: { data: string }) => void>();
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }
  addEventListener(name: string, listener: (event: { data: string }) => void): void {
    this.#listeners.set(name, listener);
  }
  send(name: string, data: string): void {
    this.#listeners.get(name)?.({ data });
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.();
  }
  close(): void {
    this.readyState = 2;
  }
}

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
});

function tab(url = '/api/live') {
  const heard: string[] = [];
  const leave = join(
    url,
    { event: (name, data) => heard.push(`${name} ${data}`), broken: () => heard.push('broken') },
    browser.tab,
  );
  return { heard, leave };
}

describe('tabs that look at the same view', () => {
  test('share one connection and all hear everything', () => {
    const [first, second] = [tab(), tab()];
    browser.open[0]!.send('services', '1');
    expect(browser.open.length).toBe(1);
    expect([first.heard, second.heard]).toEqual([['services 1'], ['services 1']]);
  });

  test('a tab that comes later gets the last values at once', () => {
    tab();
    browser.open[0]!.send('services', '1');
    browser.open[0]!.send('status', '2');
    expect(tab().heard).toEqual(['services 1', 'status 2']);
  });

  test('when the reading tab closes, another reads', async () => {
    const [first, second] = [tab(), tab()];
    first.leave();
    await Promise.resolve();
    await Promise.resolve();
    expect(browser.open.length).toBe(1);
    browser.open[0]!.send('beat', '');
    expect([first.heard, second.heard]).toEqual([[], ['beat ']]);
  });

  test('a tab that left while waiting never reads', async () => {
    const [first, second] = [tab(), tab()];
    second.leave();
    first.leave();
    await Promise.resolve();
    await Promise.resolve();
    expect([browser.open.length, browser.sources.length]).toEqual([0, 1]);
  });
});

describe('a connection', () => {
  test('that falls silent is opened anew and all are told', () => {
    const [first, second] = [tab(), tab()];
    browser.open[0]!.send('beat', '');
    browser.pass(SILENT_AFTER_MS - 1);
    expect(browser.sources.length).toBe(1);
    browser.pass(1);
    expect([browser.sources.length, browser.open.length]).toEqual([2, 1]);
    expect([first.heard.at(-1), second.heard.at(-1)]).toEqual(['broken', 'broken']);
  });

  test('that is refused is tried again, later each time, at most every 10 s', () => {
    tab();
    for (const wait of [1000, 2000, 5000, 10_000, 10_000]) {
      const before = browser.sources.length;
      browser.sources.at(-1)!.fail(2);
      browser.pass(wait - 1);
      expect(browser.sources.length).toBe(before);
      browser.pass(1);
      expect(browser.sources.length).toBe(before + 1);
    }
  });

  test('that the browser mends itself is left to it', () => {
    const { heard } = tab();
    browser.open[0]!.fail(0);
    browser.pass(5000);
    expect(browser.sources.length).toBe(1);
    browser.open[0]!.send('services', '1');
    expect(heard).toEqual(['broken', 'services 1']);
  });
});
