import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import { createLog, type Log } from '../base/log.ts';
import { findBrowser } from '../synthetics/browser.ts';
import { SERVICE as PROBES } from '../synthetics/report/otlp.ts';
import { type AppHooks, type RunningApp, startApp, startCollector, startServer } from './app.ts';
import { banner, collectorBanner, placeBanner, serverBanner } from './banner.ts';
import { helpText, isLoopback, ROLES, type Role, readConfig, wantsSenderToken } from './config.ts';
import { takeScratchFolder } from './scratch-folder.ts';
import type { Config } from './settings.ts';
import { startSynthetics } from './synthetics.ts';
import { VERSION } from './version.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

/** Something that runs until it is stopped, and what to say of it. */
interface Running {
  banner: string;
  stop(): Promise<void>;
}

const START: Record<Role, (config: Config, log: Log) => Promise<Running>> = {
  all: startProduct,
  collector: startCollectorOnly,
  server: startServerOnly,
  synthetics: startPlace,
};

/** Runs the product, or one role of it, until it is asked to stop; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const role = ROLES.find((one) => one !== 'all' && one === args[0]) ?? 'all';
  let config: Config | 'help';
  try {
    config = readConfig({ args: role === 'all' ? args : args.slice(1), role, env: process.env });
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
    const running = await START[role](config, log);
    process.stdout.write(running.banner);
    await stopSignal();
    await stop(running, log);
    return EXIT.ok;
  } catch (thrown) {
    process.stderr.write(
      `${thrown instanceof Problem ? thrown.message : ((thrown as Error).stack ?? thrown)}\n`,
    );
    return EXIT.failed;
  }
}

const hooks: AppHooks = {
  environment: process.env,
  firstSpansFrom: (service, link) => {
    // Our own probes are nobody's service.
    if (service !== PROBES)
      process.stdout.write(`First spans from ${printable(service)}${link === '' ? '' : `: ${link}`}\n`);
  },
};

/** What each banner says of this process. */
const common = (config: Config, { storeState }: { storeState: RunningApp['storeState'] }) => ({
  seconds: secondsSinceStart(),
  dataFolder: resolve(config['data-dir']),
  engine: config['clickhouse-url'] === '' ? 'embedded ClickHouse' : 'ClickHouse server',
  storeDetail: storeState().detail,
});

const rulesOf = (config: Config, { rules, problems }: ReturnType<RunningApp['ruleSet']>) => ({
  folder: config['rules-folder'],
  loaded: rules.length,
  problems: problems.length,
});

async function startProduct(config: Config, log: Log): Promise<Running> {
  const app = await startApp(config, log, hooks);
  const { dashboardUrl, otlpUrl, otlpGrpcUrl } = app;
  const facts = {
    ...common(config, app),
    ...{ dashboardUrl, otlpUrl, otlpGrpcUrl },
    rules: rulesOf(config, app.ruleSet()),
    synthetics: app.synthetics(),
    needsToken: wantsSenderToken(config),
    administratorLink: app.administratorLink,
  };
  return { banner: banner(facts), stop: app.stop };
}

async function startCollectorOnly(config: Config, log: Log): Promise<Running> {
  const app = await startCollector(config, log, hooks);
  const { otlpUrl, otlpGrpcUrl } = app;
  return { banner: collectorBanner({ ...common(config, app), otlpUrl, otlpGrpcUrl }), stop: app.stop };
}

async function startServerOnly(config: Config, log: Log): Promise<Running> {
  const app = await startServer(config, log, hooks);
  const facts = {
    ...common(config, app),
    dashboardUrl: app.dashboardUrl,
    administratorLink: app.administratorLink,
    rules: rulesOf(config, app.ruleSet()),
    endpoint: config['otlp-endpoint'],
  };
  return { banner: serverBanner(facts), stop: app.stop };
}

async function startPlace(config: Config, log: Log): Promise<Running> {
  const endpoint = config['otlp-endpoint'];
  if (config['ingest-token'] !== '' && isReadable(endpoint))
    log.warn('The ingest token is sent unencrypted: use https for --otlp-endpoint.', { endpoint });
  const scratch = takeScratchFolder('synthetics');
  const place = await startSynthetics({
    ...{ config, endpoint, token: config['ingest-token'], scratch, log },
    browser: findBrowser(config['browser-path'], process.env.PATH ?? ''),
    environment: process.env,
    version: VERSION,
    isDedicated: true,
    clock: systemClock,
  });
  const { location } = config;
  return {
    banner: placeBanner({ seconds: secondsSinceStart(), location, endpoint, synthetics: place.summary() }),
    stop: async () => {
      await place.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Whether others can read what is sent there. */
function isReadable(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

/** performance.now() counts from the start of the process. */
const secondsSinceStart = (): number => performance.now() / 1_000;

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function stop(running: Running, log: Log): Promise<void> {
  process.stdout.write('Stopping: what was accepted is stored first.\n');
  // Somebody who asks twice does not want to wait; everything acknowledged is in the journal anyway.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(EXIT.interrupted));
  await running.stop();
  log.debug('Stopped.');
}

/** Names come from outside: control characters would drive the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd').slice(0, 200);
}
