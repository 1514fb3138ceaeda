/** What the doctor looks at outside the data folder: Node, ports, the browser. */
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { findBrowser } from '../../synthetics/browser.ts';
import { ownUrlOf } from '../listen.ts';
import type { Finding } from './finding.ts';
import type { Check, Patient } from './patient.ts';

const LEAST_NODE = 24;
const PORTS = ['http', 'otlp-http', 'otlp-grpc'] as const;
const ANSWER_WITHIN_MS = 3_000;

export const nodeCheck: Check = {
  name: 'Node',
  look: () => {
    const says = `${process.version} at ${process.execPath}`;
    return Number(process.versions.node.split('.')[0]) >= LEAST_NODE
      ? { name: 'Node', verdict: 'ok', says }
      : {
          name: 'Node',
          verdict: 'bad',
          says,
          propose: `Use Node ${LEAST_NODE} or newer: npm run brings it.`,
        };
  },
};

export const runningCheck: Check = {
  name: 'Running',
  look: async ({ state, config }) => {
    const name = 'Running';
    if (state !== 'running')
      return {
        ...{ name, verdict: 'ok' },
        says: state === 'none' ? 'no, and there is no data yet' : 'no; its data is at rest',
      };
    const scheme = config['tls-cert'] === '' ? 'http' : 'https';
    const own = ownUrlOf(config['http-host'], `http://localhost:${config['http-port']}`);
    const url = own.replace(/^http:/, `${scheme}:`);
    if (config['http-port'] === 0) return { name, verdict: 'ok', says: 'yes' };
    const answer = await ready(url);
    if (answer === null)
      return {
        ...{
          name,
          verdict: 'bad',
          says: `yes, and ${url} does not answer within ${ANSWER_WITHIN_MS / 1_000} s`,
        },
        propose:
          'Give the doctor the settings it was started with. With the same ones it hangs: see its log.',
      };
    return answer === ''
      ? { name, verdict: 'ok', says: `yes, ready at ${url}` }
      : { name, verdict: 'bad', says: `yes, not ready: ${answer}` };
  },
};

/** '' when it is ready, its reason when it is not, null without an answer. */
function ready(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const nothing = () => resolve(null);
    // Its certificate is for the name that others know; this is the machine itself, and nothing is sent.
    const options = { timeout: ANSWER_WITHIN_MS, agent: false, rejectUnauthorized: false };
    const request = url.startsWith('https:') ? httpsGet : httpGet;
    const call = request(`${url}/readyz`, options, (response) => {
      text(response).then((body) => {
        const [, detail] = /"detail":"([^"]*)"/.exec(body) ?? [];
        resolve(response.statusCode === 200 ? '' : (detail ?? `status ${response.statusCode}`).slice(0, 200));
      }, nothing);
    });
    call.once('timeout', () => call.destroy()).once('error', nothing);
  });
}

export const portsCheck: Check = {
  name: 'Ports',
  look: async ({ config, state }) => {
    const name = 'Ports';
    if (state === 'running') return { name, verdict: 'skipped', says: 'Loopwatch has them' };
    const busy: string[] = [];
    const all: string[] = [];
    for (const part of PORTS) {
      const [host, port] = [config[`${part}-host`], config[`${part}-port`]];
      all.push(String(port));
      if (port !== 0 && !(await isFree(host, port))) busy.push(`${port} on ${host} (--${part}-port)`);
    }
    return busy.length === 0
      ? { name, verdict: 'ok', says: `${all.join(', ')} are free` }
      : {
          ...{ name, verdict: 'bad', says: `in use by another program: ${busy.join(', ')}` },
          propose: 'Stop that program (ss -ltnp shows it), or choose other ports.',
        };
  },
};

/** Whether one could listen there. */
function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

export const browserCheck: Check = {
  name: 'Browser',
  look: async ({ config, env }: Patient): Promise<Finding> => {
    const name = 'Browser';
    if (config['synthetics-folder'] === '')
      return { name, verdict: 'skipped', says: 'journeys are switched off (--synthetics-folder)' };
    const browser = await findBrowser(config['browser-path'], env.PATH ?? '');
    if (browser !== null) return { name, verdict: 'ok', says: browser.path };
    return {
      ...{ name, verdict: 'watch', says: 'there is none, so journeys cannot run; checks can' },
      propose: config['browser-path'] === '' ? 'npx playwright install chromium' : 'Correct --browser-path.',
    };
  },
};
