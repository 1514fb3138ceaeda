import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../base/errors.ts';
import { type Addresses, readBanner } from '../bench/harness/banner.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const STOP_WITHIN_MS = 15_000;

/** The product that the shop sends to. */
export interface DemoProduct {
  otlpUrl: string;
  /** null: not known, it was started by somebody else. */
  dashboardUrl: string | null;
  /** How it ended, e.g. `exit code 1`. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Loopwatch as `npm start` does, to be ended with the demo, and waits for its banner. What it has to complain about goes to this process's stderr.
 * @throws Problem `product_failed` with its exit code as `cause`
 */
export async function startProduct(args: readonly string[]): Promise<DemoProduct> {
  const child = spawn(
    process.execPath,
    ['--import', join(ROOT, 'demo/supervise/end-with-parent.ts'), join(ROOT, 'app/start.js'), ...args],
    // A group of its own: Ctrl-C reaches the demo, which ends the shop first.
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], detached: true },
  );
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  let text = '';
  const addresses = await new Promise<Addresses | null>((resolve) => {
    void ended.then(() => resolve(null));
    child.stdout!.on('data', (chunk: Buffer) => {
      // Only the banner is of interest, but the pipe must stay empty.
      if (text.length < 10_000) text += chunk.toString();
      const found = readBanner(text);
      if (found) resolve(found);
    });
  });
  if (!addresses)
    throw new Problem(
      'product_failed',
      'Loopwatch did not start; the lines above say why. Its flags work here too, e.g. npm run demo -- --http-port 0 --otlp-http-port 0 --otlp-grpc-port 0; --attach http://localhost:4318 uses one that runs.',
      { cause: child.exitCode },
    );
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  };
  return { ...addresses, ended, stop };
}

/**
 * Uses a Loopwatch that runs already, and leaves it running.
 * @param headers as in `OTEL_EXPORTER_OTLP_HEADERS`
 * @throws Problem `nothing_attached`
 */
export async function attachTo(otlpUrl: string, headers: string): Promise<DemoProduct> {
  const answer = await fetch(`${otlpUrl}/v1/traces`, {
    method: 'POST',
    // No span at all is a valid request.
    body: new Uint8Array(),
    headers: { 'Content-Type': 'application/x-protobuf', ...parseHeaders(headers) },
  }).catch(() => null);
  if (!answer?.ok)
    throw new Problem(
      'nothing_attached',
      `${otlpUrl}/v1/traces ${answer ? `answers ${answer.status}` : 'does not answer'}. --attach wants the OTLP/HTTP address of a running Loopwatch; a token goes into OTEL_EXPORTER_OTLP_HEADERS.`,
    );
  return { otlpUrl, dashboardUrl: null, ended: new Promise(() => {}), stop: async () => {} };
}

/** `key=value,key=value`, percent-encoded. Source: OpenTelemetry specification, OTLP exporter, headers. */
function parseHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}
