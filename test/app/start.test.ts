/** The product as a person starts it: it runs, or it says in one sentence why not. */
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startEmbedded } from '../../store/embedded/supervisor.ts';
import { post } from '../door/transports.ts';
import { eventually } from '../helpers/eventually.ts';
import { makeFolder, testFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';
import { plainRequest } from '../helpers/otlp.ts';
import { ANYWHERE, type Run, ready, run } from './run.ts';

async function expectSentence(product: Run, code: number, sentence: RegExp): Promise<void> {
  expect(await product.ended, product.err()).toBe(code);
  expect(product.err()).toMatch(sentence);
  expect(product.err().trim().split('\n'), 'one sentence, no stack').toHaveLength(1);
  expect(product.out()).toBe('');
}

describe('while it runs', () => {
  const { path: folder, remove } = makeFolder();
  const data = join(folder, 'data');
  let product: Run;
  let otlp: string;
  beforeAll(async () => {
    product = run(folder, [...ANYWHERE, '--data-dir', data, '--self-telemetry', 'off']);
    otlp = await ready(product);
  });
  afterAll(() => {
    product.child.kill('SIGKILL');
    remove();
  });

  test('the banner says what runs where and what to paste', () => {
    const text = product.out();
    expect(text).toMatch(/^\nLoopwatch ready in \d+\.\d s\n/);
    expect(text).toMatch(/Dashboard {2}http:\/\/localhost:\d+\n/);
    expect(text).toContain(`data in ${data}`);
    expect(text).toMatch(/Journeys {3}\.\/synthetics {2}0, Chromium (?:found|not found)/);
    expect(text).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${otlp} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`);
  });

  test('a second one on the same data folder is refused and names the first', async () => {
    const second = run(folder, [...ANYWHERE, '--data-dir', data]);
    await expectSentence(
      second,
      1,
      new RegExp(`in use by another Loopwatch \\(process ${product.child.pid}\\)`),
    );
  });

  test('a second one on its port is refused, names the port, and leaves no engine behind', async () => {
    const port = new URL(otlp).port;
    const other = testFolder();
    const second = run(other, [
      '--http-port',
      '0',
      '--otlp-http-port',
      port,
      '--data-dir',
      join(other, 'data'),
    ]);
    await expectSentence(
      second,
      1,
      new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use.*--otlp-http-port`),
    );
    const engine = await startEmbedded({
      folder: join(other, 'data', 'engine'),
      memoryBytes: 2 ** 30,
      log: recordingLog(),
    });
    await engine.close();
  });

  test('SIGTERM stores what was accepted and ends with 0 and nothing of its own left', async () => {
    const send = () =>
      post(`${otlp}/v1/traces`, Buffer.from(plainRequest(4, 'last words')), {
        'Content-Type': 'application/x-protobuf',
      });
    for (let i = 0; i < 5; i++) expect((await send()).status).toBe(200);
    await eventually('the first spans are told', () =>
      /First spans from last words: http/.test(product.out()),
    );
    product.child.kill('SIGTERM');
    expect(await product.ended).toBe(0);
    expect(product.out()).toContain('Stopping');
    expect(product.err()).toBe('');
    expect(readdirSync(join(data, 'journal'))).toEqual(['set-aside']);
    const engine = await startEmbedded({
      folder: join(data, 'engine'),
      memoryBytes: 2 ** 30,
      log: recordingLog(),
    });
    try {
      expect(
        await engine.query(`SELECT count() AS n FROM otel_traces WHERE ServiceName = 'last words'`),
      ).toEqual([{ n: 20 }]);
    } finally {
      await engine.close();
    }
  });
});

describe('it does not start, and says why,', () => {
  test('when the dashboard’s port is busy', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const product = run(testFolder(), ['--http-port', String(port), '--otlp-http-port', '0']);
    await expectSentence(product, 1, new RegExp(`Port ${port} .*--http-port`));
  });

  test('when the data folder lies below a file', async () => {
    const folder = testFolder();
    writeFileSync(join(folder, 'file'), '');
    const product = run(folder, [...ANYWHERE, '--data-dir', 'file/data']);
    await expectSentence(product, 1, /The data folder \S+file\/data cannot be written .*--data-dir/);
  });

  test.skipIf(process.getuid?.() === 0)('when the data folder belongs to somebody else', async () => {
    const folder = testFolder();
    mkdirSync(join(folder, 'data'));
    chmodSync(join(folder, 'data'), 0o500);
    await expectSentence(run(folder, ANYWHERE), 1, /cannot be written/);
  });

  test('when a setting is wrong', async () => {
    await expectSentence(run(testFolder(), ['--http-prot', '1']), 2, /did you mean --http-port\?/);
  });

  test('when Node is too old', async () => {
    const old = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })`;
    await expectSentence(
      run(testFolder(), [], { node: ['--import', old] }),
      1,
      /needs Node 24 or newer.*npm install && npm start/,
    );
  });
});

test('--help is told on stdout, with 0', async () => {
  const product = run(testFolder(), ['--help']);
  expect(await product.ended).toBe(0);
  expect(product.out()).toContain('Usage: npm start');
  expect(product.err()).toBe('');
});
