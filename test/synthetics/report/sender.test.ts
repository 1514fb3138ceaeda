/** Results on their way: by the real door, in order, waiting while it is away, and never holding anybody up. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { expect, onTestFinished, test } from 'vitest';
import { Problem } from '../../../base/errors.ts';
import { descriptor } from '../../../collector/wire/reencode.ts';
import { tracesBody } from '../../../synthetics/report/otlp.ts';
import { Reporter } from '../../../synthetics/report/reporter.ts';
import { type Delivery, Sender, type SenderOptions } from '../../../synthetics/report/sender.ts';
import { spansOf } from '../../../synthetics/report/spans.ts';
import { openDoor } from '../../door/setting.ts';
import { eventually } from '../../helpers/eventually.ts';
import { testFolder } from '../../helpers/folder.ts';
import { recordingLog } from '../../helpers/log.ts';
import { probeRequest, probeRun, probeStep } from '../results.ts';

function open(endpoint: string, more: Partial<SenderOptions> = {}) {
  const log = recordingLog();
  const sender = new Sender({ endpoint, token: '', log, retryMs: 20, ...more });
  onTestFinished(() => sender.stop(0));
  const reporter = new Reporter(sender, { location: 'fra', version: '1' });
  return { sender, reporter, log };
}

/** A server that answers with these statuses, the last one for ever, and keeps what it was sent. */
async function answering(...statuses: number[]) {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = statuses.length > 1 ? statuses.shift()! : statuses[0]!;
    if (status === 200) seen.push(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
    response.writeHead(status).end('words');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer: (status: number) => statuses.splice(0, statuses.length, status),
  };
}

const small = (n: number): Delivery => {
  const body = String(n);
  return { method: 'POST', path: '/x', type: 'text/plain', bytes: 10, body: async () => body };
};
const numbers = (seen: string[]) => seen.map((one) => Number(one.split(' ')[2]));

test('a run arrives at the real door as a trace: run → step → request, all marked as a probe’s', async () => {
  const door = await openDoor({ token: 'secret' });
  const { reporter } = open(door.httpUrl, { token: 'secret' });
  const request = probeRequest();
  const step = probeStep({ requests: [request] });
  const run = probeRun({ fails: 'target', steps: [step] });
  reporter.run(run, []);
  const { body } = await eventually('it is journaled', () => door.journaled[0]);
  const { resourceSpans } = fromBinary(descriptor('ExportTraceServiceRequest'), body) as never as {
    resourceSpans: { scopeSpans: { scope: { name: string }; spans: Record<string, unknown>[] }[] }[];
  };
  const [{ scope, spans }] = resourceSpans[0]!.scopeSpans as [
    { scope: { name: string }; spans: Record<string, unknown>[] },
  ];
  expect(scope.name).toBe('loopwatch.synthetics');
  const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex');
  expect(spans.map(({ spanId, parentSpanId }) => [hex(spanId), hex(parentSpanId)])).toEqual([
    [run.spanId, ''],
    [step.spanId, run.spanId],
    [request.spanId, step.spanId],
  ]);
  for (const span of spans) {
    expect(hex(span.traceId)).toBe(run.traceId);
    expect(span.traceState).toBe('lw=p');
  }
  expect(spans[0]).toMatchObject({
    name: 'probe home',
    kind: 1,
    status: { code: 2, message: 'status is 503, not 200' },
  });
  expect(spans[2]).toMatchObject({ name: 'GET', kind: 3 });
});

test('a run with more requests than a trace can show is cut to what the door takes, and its steps tell how many there were', () => {
  const url = `https://shop.example/${'x'.repeat(5_000)}`;
  const steps = Array.from({ length: 150 }, () =>
    probeStep({ requests: Array.from({ length: 300 }, () => probeRequest({ url })) }),
  );
  const spans = spansOf(probeRun({ steps }));
  expect(spans).toHaveLength(1 + 100 + 1_000);
  expect(JSON.stringify(tracesBody({ location: 'fra', version: '1' }, spans)).length).toBeLessThan(
    4 * 2 ** 20,
  );
  expect(JSON.stringify(spans[1])).toContain(
    '{"key":"loopwatch.probe.step.requests","value":{"intValue":"300"}}',
  );
});

test('a journal that is full is waited for', async () => {
  let isFull = true;
  const door = await openDoor({
    append: async () => {
      if (isFull) throw new Problem('journal_full', 'full', { retryable: true });
    },
  });
  const { reporter, sender, log } = open(door.httpUrl);
  reporter.run(probeRun(), []);
  await eventually('it was refused', () =>
    log.lines.some(({ message }) => message.includes('are tried again')),
  );
  expect(sender.waiting).toBe(1);
  isFull = false;
  await eventually('it is taken', () => door.journaled.length === 1);
  await eventually('nothing waits', () => sender.waiting === 0);
});

test('while nobody answers everything waits in its order', async () => {
  const server = await answering(503, 429, 502, 200);
  const { sender } = open(server.url);
  for (const n of [1, 2, 3]) sender.send(small(n));
  await eventually('all arrived', () => server.seen.length === 3);
  expect(numbers(server.seen)).toEqual([1, 2, 3]);
});

test('when too much waits the oldest is lost, and it is said how many', async () => {
  const server = await answering(503);
  const { sender, log } = open(server.url, { limits: { POST: 35, PUT: 0 } });
  for (let n = 1; n <= 10; n++) sender.send(small(n));
  expect(sender.waiting).toBe(3);
  server.answer(200);
  await eventually('the rest arrived', () => server.seen.length === 3);
  // The first was on its way already.
  expect(numbers(server.seen)).toEqual([1, 9, 10]);
  await eventually('it is said', () => log.lines.some(({ message }) => message.includes('7 were lost')));
});

test('an outage of an hour and a half with twenty runs a minute loses no result, and files give way to files only', async () => {
  const server = await answering(503);
  const { sender, reporter, log } = open(server.url);
  const file = (n: number): Delivery => ({ ...small(n), method: 'PUT', bytes: 100_000 });
  const steps = ['home', 'product', 'cart', 'checkout', 'order'].map((name) =>
    probeStep({ name, requests: [probeRequest(), probeRequest()] }),
  );
  for (let n = 0; n < 1_800; n++) {
    for (const _ of steps) sender.send(file(n));
    reporter.run(probeRun({ steps }), []);
  }
  const mostFiles = Math.floor((256 * 2 ** 20) / 100_000);
  expect(sender.waiting).toBe(1_800 + mostFiles);
  expect(log.lines.filter(({ message }) => message.includes('are lost'))).toHaveLength(1);
});

test('what is refused for good is said and does not hold up the rest', async () => {
  const server = await answering(400, 200);
  const { sender, log } = open(server.url);
  sender.send(small(1));
  sender.send(small(2));
  await eventually('the second arrived', () => server.seen.length === 1);
  expect(numbers(server.seen)).toEqual([2]);
  expect(log.lines).toMatchObject([{ level: 'error', details: { status: 400, answer: 'words' } }]);
});

test('a file goes before its run and is deleted when it was taken; one that is gone holds up nothing', async () => {
  const server = await answering(200);
  const { reporter } = open(server.url);
  const path = join(testFolder(), 'screenshot');
  writeFileSync(path, 'pixels');
  const sha256 = createHash('sha256').update('pixels').digest('hex');
  const artifact = { kind: 'screenshot' as const, sha256, bytes: 6, type: 'image/jpeg', path };
  reporter.run(probeRun(), [artifact, { ...artifact, path: '/gone' }]);
  await eventually('both arrived', () => server.seen.length === 2);
  expect(server.seen[0]).toBe(`PUT /v1/artifacts/${sha256} pixels`);
  expect(server.seen[1]).toMatch(/^POST \/v1\/traces /);
  await eventually('it is deleted', () => !existsSync(path));
});

test('stopping sends what it can and gives up the rest', async () => {
  const good = await answering(200);
  const { sender } = open(good.url);
  for (const n of [1, 2]) sender.send(small(n));
  await sender.stop(10_000);
  expect(numbers(good.seen)).toEqual([1, 2]);

  const away = open((await answering(503)).url);
  away.sender.send(small(1));
  await away.sender.stop(30);
  expect(away.sender.waiting).toBe(0);
});

test('a server that sends results elsewhere does not get them there', async () => {
  const other = await answering(200);
  const server = createServer(
    (_, response) => void response.writeHead(307, { location: `${other.url}/x` }).end(),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { sender, log } = open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  sender.send(small(1));
  await eventually('it is said', () => log.lines.length > 0);
  expect(other.seen).toEqual([]);
});
