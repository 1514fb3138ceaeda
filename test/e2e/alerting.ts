/** A product that has something to tell: a rule that fires, a promise that is broken, a silence, a receiver that refuses, runs of probes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ProbeRun } from '../../model/probe.ts';
import { tracesBody } from '../../synthetics/report/otlp.ts';
import { spansOf } from '../../synthetics/report/spans.ts';

/** Everything people would rather not see in a name. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u202e"\'';

/** A receiver that refuses whatever comes, so that messages die. */
export async function refusingReceiver(): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer((_, answer) => answer.writeHead(400).end('<b>no</b>'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Rules, SLOs, a receiver and a silence; one of the files is wrong. Gives the folder. */
export function writeRules(parent: string, receiver: string): string {
  const folder = join(parent, 'rules');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write('checkout-errors.yaml', [
    'name: checkout-errors',
    'owner: "<b>payments</b>"',
    'labels: { severity: page }',
    'runbook: https://runbooks.example/checkout',
    `summary: "{{ signals.errors.value | percent }} of {{ labels.service.name }} fail <script>alert(1)</script>"`,
    'every: 5s',
    'signals:',
    '  errors:',
    '    ratio:',
    '      bad: { spans: count, where: { status: error } }',
    '      total: { spans: count }',
    '      by: [service.name]',
    '      window: 10m',
    '  requests: { spans: count, by: [service.name], window: 10m }',
    'if:',
    '  all:',
    '    - { signal: errors, gt: 5%, recover: { lt: 2% } }',
    '    - any: [{ signal: requests, gt: 0 }, { signal: errors, gt: 50% }]',
    'then:',
    '  - incident: { group_by: [service.name], attach: [exemplar_traces, logs] }',
    '  - notify: oncall',
    `  - remediate: { hook: fixer, target: ${JSON.stringify(HOSTILE)}, action: "<b>restart</b>", approval: {} }`,
    'else: [{ notify: oncall }, { incident: { resolve: auto, retrospective: draft } }]',
  ]);
  write('slow-search.yaml', [
    'name: slow.search',
    'every: 5s',
    'signals: { slow: { spans: p95, where: { service.name: search }, window: 5m } }',
    'if: { signal: slow, gt: 800ms, for: 2m }',
    'then: [{ incident: {} }]',
  ]);
  write('broken.yaml', ['name: broken', 'sgnals: {}']);
  write('team.yaml', [
    'receivers:',
    `  - { name: oncall, url: "${receiver}", payload: incident.v1, allow_private: [127.0.0.1] }`,
    'hooks:',
    `  - { name: fixer, url: "${receiver}", allow_private: [127.0.0.1] }`,
    'silences:',
    '  - id: known',
    '    match: { service: "<i>old</i>" }',
    '    from: 2026-01-01T00:00:00Z',
    '    to: 2099-01-01T00:00:00Z',
    '    by: ada',
    '    comment: "<script>alert(2)</script>"',
  ]);
  write('slos.yaml', [
    'slos:',
    `  - { name: shop.orders, summary: "<b>orders</b> are placed", objective: 99%, transaction: { service: shop-web }, good: { faster_than: 1h }, value: { amount: 20, currency: EUR } }`,
    `  - { name: hostile, objective: 99%, transaction: { service: ${JSON.stringify(HOSTILE)} } }`,
    '  - { name: unused, objective: 99%, transaction: { service: nobody } }',
  ]);
  return folder;
}

/** Sends runs as a location does, by the front door. */
export async function sendRuns(otlpUrl: string, runs: readonly ProbeRun[]): Promise<void> {
  for (const run of runs) {
    const body = tracesBody({ location: run.location, version: '1' }, spansOf(run));
    const answer = await fetch(`${otlpUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status !== 200) throw new Error(`${otlpUrl} answered ${answer.status}`);
  }
}
