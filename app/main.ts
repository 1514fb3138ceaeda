import { resolve } from 'node:path';
import { messageOf, Problem } from '../base/errors.ts';
import { createLog, type Log } from '../base/log.ts';
import { findBrowser } from '../synthetics/browser.ts';
import { type RunningApp, startApp } from './app.ts';
import { banner } from './banner.ts';
import { helpText, readConfig } from './config.ts';
import type { Config } from './settings.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

/** Runs the product until it is asked to stop; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let config: Config | 'help';
  try {
    config = readConfig({ args, env: process.env });
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    return EXIT.usage;
  }
  if (config === 'help') {
    process.stdout.write(helpText());
    return EXIT.ok;
  }
  const log = createLog(config['log-level']);
  try {
    const [app, browser] = await Promise.all([
      start(config, log),
      findBrowser(config['browser-path'], process.env.PATH ?? ''),
    ]);
    // performance.now() counts from the start of the process.
    const seconds = performance.now() / 1_000;
    process.stdout.write(
      banner({
        seconds,
        dashboardUrl: app.dashboardUrl,
        otlpUrl: app.otlpUrl,
        otlpGrpcUrl: app.otlpGrpcUrl,
        dataFolder: resolve(config['data-dir']),
        engine: config['clickhouse-url'] === '' ? 'embedded ClickHouse' : 'ClickHouse server',
        storeDetail: app.storeState().detail,
        rules: { folder: config['rules-folder'], ...rulesOf(app) },
        browser,
        needsToken: config['ingest-token'] !== '',
      }),
    );
    await stopSignal();
    await stop(app, log);
    return EXIT.ok;
  } catch (thrown) {
    process.stderr.write(
      `${thrown instanceof Problem ? thrown.message : ((thrown as Error).stack ?? thrown)}\n`,
    );
    return EXIT.failed;
  }
}

function rulesOf({ ruleSet }: RunningApp): { loaded: number; problems: number } {
  const { rules, problems } = ruleSet();
  return { loaded: rules.length, problems: problems.length };
}

function start(config: Config, log: Log): Promise<RunningApp> {
  return startApp(config, log, {
    env: process.env,
    firstSpansFrom: (service, link) =>
      process.stdout.write(`First spans from ${printable(service)}: ${link}\n`),
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function stop(app: RunningApp, log: Log): Promise<void> {
  process.stdout.write('Stopping: what was accepted is stored first.\n');
  // Somebody who asks twice does not want to wait; everything acknowledged is in the journal anyway.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(EXIT.interrupted));
  await app.stop();
  log.debug('Stopped.');
}

/** Names come from outside: control characters would drive the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd').slice(0, 200);
}
