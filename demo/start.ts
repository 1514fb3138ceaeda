import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { systemClock } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import type { StartOptions } from './command-line.ts';
import { createControl } from './control/api.ts';
import { Hook } from './control/hook.ts';
import { Faults } from './faults/faults.ts';
import type { FaultName } from './faults/list.ts';
import { writeJourneys } from './own-journeys.ts';
import { writeRules } from './own-rules.ts';
import { attachTo, startProduct } from './product.ts';
import { VERSIONS } from './shop/versions.ts';
import { tellStory } from './story.ts';
import { Shop } from './supervise/shop.ts';
import { productApi } from './watch.ts';

/** A demo that runs. */
export interface RunningDemo {
  /** What a person wants to know of it. */
  banner: string;
  /** Resolves, with a sentence, when the demo cannot go on. */
  broken: Promise<string>;
  tellStory(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts product, shop, visitors and control API. @throws Problem, Error; nothing is left running then */
export async function startDemo(options: StartOptions, say: (line: string) => void): Promise<RunningDemo> {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  const stop = async () => {
    for (const end of undo.splice(0).reverse())
      try {
        await end();
      } catch (thrown) {
        say(`Something did not end as it should: ${messageOf(thrown)}`);
      }
  };
  try {
    return { ...(await wire(options, say, (end) => undo.push(end))), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function wire(
  options: StartOptions,
  say: (line: string) => void,
  atEnd: (end: () => Promise<unknown> | unknown) => void,
): Promise<Omit<RunningDemo, 'stop'>> {
  let answer: RequestListener = (_request, response) =>
    void response.writeHead(503, { 'Retry-After': '2' }).end();
  const server = createServer((request, response) => answer(request, response));
  const controlUrl = await listen(server, options.controlPort, 'control-port');
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  await listen(createServer(), options.shopPort, 'shop-port', true);
  const otlpHeaders = process.env.OTEL_EXPORTER_OTLP_HEADERS ?? '';
  const rulesFolder = join(resolve(options.dataDir), 'rules');
  const hasRules = options.attach !== null || options.product.some((word) => /^--rules-folder\b/.test(word));
  const rules = hasRules ? [] : writeRules(rulesFolder, controlUrl);
  const ownRules = hasRules ? [] : ['--rules-folder', rulesFolder];
  const journeysFolder = join(resolve(options.dataDir), 'synthetics');
  const hasJourneys =
    options.attach !== null || options.product.some((word) => /^--synthetics-folder\b/.test(word));
  const ownJourneys = hasJourneys ? [] : ['--synthetics-folder', journeysFolder];
  const product = await (options.attach === null
    ? startProduct([
        ...['--data-dir', join(resolve(options.dataDir), 'loopwatch'), ...ownRules, ...ownJourneys],
        ...options.product,
      ])
    : attachTo(options.attach, otlpHeaders));
  atEnd(product.stop);

  const shop = new Shop({
    folder: join(resolve(options.dataDir), 'shop'),
    otlpUrl: product.otlpUrl,
    otlpHeaders,
    port: options.shopPort,
    workers: options.workers,
    visitors: options.visitors,
    seed: options.seed,
    say,
  });
  atEnd(() => shop.stop());
  await shop.start();
  if (!hasJourneys) writeJourneys(journeysFolder, shop.state().shopUrl);
  const faults = new Faults(shop, systemClock, say);
  atEnd(() => faults.stop());
  const hook = new Hook(
    {
      workers: () => shop.workers,
      scaleTo: (workers) => shop.scaleTo(workers),
      paymentIsGood: () => shop.paymentVersion === VERSIONS.payment,
      rollBackPayment: async () => void (await faults.begin('roll-back')),
    },
    systemClock,
  );
  answer = getRequestListener(createControl({ state: () => shop.state(), faults, hook, say }).fetch);

  const ending = new AbortController();
  atEnd(() => ending.abort());
  const stage = {
    begin: (...args: Parameters<Faults['begin']>) => faults.begin(...args),
    end: (fault: FaultName) => faults.end(fault),
    workers: () => shop.workers,
  };
  return {
    banner: bannerOf(shop, product.dashboardUrl, controlUrl, options),
    broken: product.ended.then((how) => `Loopwatch ended by itself (${how}).`),
    tellStory: async () => {
      if (product.dashboardUrl === null || hasRules)
        say('There is no story: the rules that tell it are those of the demo’s own product.');
      else
        await tellStory({ stage, api: productApi(product.dashboardUrl), rules, say, until: ending.signal });
    },
  };
}

/** @param onlyTry lets go of the port again: another process is to have it */
function listen(server: Server, port: number, flag: string, onlyTry = false): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Problem(
              'port_busy',
              `Port ${port} is in use by another program (another demo?). Choose another with --${flag}, or 0 for a free one.`,
            )
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => {
      const url = `http://localhost:${(server.address() as AddressInfo).port}`;
      if (onlyTry) server.close(() => resolve(url));
      else resolve(url);
    });
  });
}

function bannerOf(
  shop: Shop,
  dashboardUrl: string | null,
  controlUrl: string,
  options: StartOptions,
): string {
  const port = new URL(controlUrl).port;
  const flag = port === '8090' ? '' : ` --control-port ${port}`;
  const { shopUrl, processes } = shop.state();
  // performance.now() counts from the start of the process.
  return `
Demo ready in ${(performance.now() / 1_000).toFixed(1)} s
  Dashboard  ${dashboardUrl ?? `of the product at ${options.attach}`}
  Shop       ${shopUrl.replace('127.0.0.1', 'localhost')}
  Control    ${controlUrl}
  Running    ${processes.length} processes, ${shop.workers} of them workers of the checkout; ${options.visitors} visitors a second

Make something go wrong, in another terminal:
  npm run demo -- faults${flag}
  npm run demo -- fault slow-payment --for 2m${flag}
Ctrl-C ends everything.

`;
}
