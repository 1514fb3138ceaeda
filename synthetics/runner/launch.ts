import { readFileSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';
import type { StartOrder } from './messages.ts';

/** The browser and the process that leads its group. */
export interface Launched {
  browser: Browser;
  pid: number;
  /** Proportional memory of all its processes in MiB; 0 where the system does not tell (not Linux). */
  memoryMib(): Promise<number>;
}

/** Starts Chromium without what it does in the background. @throws Error with what it printed */
export async function launch({ executablePath, headless, sandbox }: StartOrder): Promise<Launched> {
  const browser = await chromium.launch({
    executablePath,
    headless,
    chromiumSandbox: sandbox,
    // Signals are the product's business.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: ['--disable-background-networking', '--disable-sync', '--no-pings', '--metrics-recording-only'],
    timeout: 15_000,
  });
  const session = await browser.newBrowserCDPSession();
  const processes = async () => (await session.send('SystemInfo.getProcessInfo')).processInfo;
  const main = (await processes()).find(({ type }) => type === 'browser');
  return {
    browser,
    pid: main?.id ?? 0,
    memoryMib: async () => (await processes().catch(() => [])).reduce((sum, { id }) => sum + pssMib(id), 0),
  };
}

function pssMib(pid: number): number {
  try {
    const line = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return Number(line?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
