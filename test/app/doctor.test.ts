/** The doctor sees what is wrong, proposes what helps, and changes nothing. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../app/config.ts';
import { type Finding, findingsText } from '../../app/doctor/finding.ts';
import { clockCheck, folderCheck } from '../../app/doctor/folder.ts';
import { journalCheck, setAsideCheck } from '../../app/doctor/journal.ts';
import { portsCheck } from '../../app/doctor/machine.ts';
import type { Patient } from '../../app/doctor/patient.ts';
import { rulesCheck, stateCheck } from '../../app/doctor/rules.ts';
import { engineOfRunningProduct } from '../../app/running.ts';
import type { Config } from '../../app/settings.ts';
import { frame } from '../../collector/journal/frame.ts';
import { openState } from '../../store/state/open.ts';
import { eventually } from '../helpers/eventually.ts';
import { makeFolder, testFolder } from '../helpers/folder.ts';
import { admitted, plainRequest } from '../helpers/otlp.ts';
import { ANYWHERE, address, ready, run } from './run.ts';

const MAIN = fileURLToPath(new URL('../../app/doctor/main.ts', import.meta.url));
const SEGMENT = 'traces-000000000007-0123456789abcdef.seg';
const NOW = Date.now();

function patient(folder: string, args: readonly string[] = [], more: Partial<Patient> = {}): Patient {
  const config = readConfig({ args: ['--data-dir', folder, ...args], env: {}, readFile: () => undefined });
  return {
    ...{ config: config as Config, env: {}, now: NOW, folder, artifacts: join(folder, 'artifacts') },
    ...{ state: 'stopped' as const, engine: null, why: '' },
    ...more,
  };
}

const segment = (...requests: Buffer[]) => Buffer.concat(requests.flatMap((one) => frame(admitted(one))));

function put(folder: string, path: string, content: Uint8Array | string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(file, content);
  return file;
}

test('findings are aligned, said with a word beside the glyph, and cannot drive a terminal', () => {
  const findings: Finding[] = [
    { name: 'Node', verdict: 'ok', says: 'v24' },
    { name: 'Data folder', verdict: 'bad', says: 'gone\x1b[31m', propose: 'make it\nor not' },
  ];
  expect(findingsText(findings, false)).toBe(
    [
      '✓ ok       Node         v24',
      '✗ bad      Data folder  gone\ufffd[31m',
      '                        → make it',
      '                        → or not',
      '',
    ].join('\n'),
  );
});

describe('the journal', () => {
  const whole = segment(plainRequest(2), plainRequest(3));

  test('tells what waits, and torn and damaged segments', async () => {
    const folder = testFolder();
    expect(await journalCheck.look(patient(folder))).toMatchObject({ verdict: 'ok' });
    const file = put(folder, `journal/${SEGMENT}`, whole);
    utimesSync(file, NOW / 1_000 - 90, NOW / 1_000 - 90);
    expect(await journalCheck.look(patient(folder))).toMatchObject({
      verdict: 'ok',
      says: expect.stringMatching(/^1 segment, .* the oldest for 1m 30s; the next start stores them$/),
    });
    expect(await journalCheck.look(patient(folder, [], { state: 'running' }))).toMatchObject({
      verdict: 'watch',
    });
    writeFileSync(file, whole.subarray(0, -3));
    expect(await journalCheck.look(patient(folder))).toMatchObject({
      verdict: 'watch',
      says: expect.stringContaining(`${SEGMENT} has a torn end`),
    });
    const damaged = Buffer.from(whole);
    damaged[20]! ^= 1;
    writeFileSync(file, damaged);
    expect(await journalCheck.look(patient(folder))).toMatchObject({
      verdict: 'watch',
      says: expect.stringContaining(`${SEGMENT} is damaged`),
    });
  });

  test('a damaged segment that was set aside is not put back: its whole requests were stored', async () => {
    const folder = testFolder();
    const damaged = Buffer.from(whole);
    damaged[20]! ^= 1;
    put(folder, `journal/set-aside/${SEGMENT}`, damaged);
    const [finding] = [await setAsideCheck.look(patient(folder))].flat();
    expect(finding).toMatchObject({ verdict: 'watch', propose: expect.not.stringContaining('mv ') });
  });
});

describe('around it', () => {
  test('a folder that others can read, and a clock that was set back', async () => {
    const folder = testFolder();
    execFileSync('chmod', ['755', folder]);
    expect(await folderCheck.look(patient(folder))).toMatchObject({
      verdict: 'watch',
      propose: `chmod 700 ${folder}`,
    });
    put(folder, 'state.db', '');
    expect(await clockCheck.look(patient(folder))).toMatchObject({ verdict: 'ok' });
    expect(await clockCheck.look(patient(folder, [], { now: NOW - 3_600_000 }))).toMatchObject({
      verdict: 'bad',
      says: expect.stringContaining('in the future'),
    });
  });

  test('a port that somebody else has', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const args = ['--http-port', String(port), '--otlp-http-port', '0', '--otlp-grpc-port', '0'];
    expect(await portsCheck.look(patient(testFolder(), args))).toMatchObject({
      verdict: 'bad',
      says: expect.stringContaining(`${port} on 127.0.0.1 (--http-port)`),
    });
    server.close();
  });

  test('mistakes in rules, and secrets that are not there', async () => {
    const folder = testFolder();
    put(folder, 'rules/bad.yaml', 'name: half\n');
    put(
      folder,
      'rules/receivers.yaml',
      'receivers:\n  - { name: desk, url: "https://hooks.example/x", secrets: ["env:DESK"] }\n',
    );
    const args = ['--rules-folder', join(folder, 'rules'), '--default-rules', 'off'];
    const [files, secrets] = [await rulesCheck.look(patient(folder, args))].flat();
    expect(files).toMatchObject({ verdict: 'bad', says: expect.stringContaining('bad.yaml:') });
    expect(secrets).toMatchObject({ verdict: 'bad', says: expect.stringContaining('env:DESK') });
    const [, found] = [await rulesCheck.look(patient(folder, args, { env: { DESK: 'whsec_x' } }))].flat();
    expect(found).toMatchObject({ verdict: 'ok' });
  });

  test('messages that nobody took, and a damaged state', async () => {
    const folder = testFolder();
    const state = openState(folder);
    const message = {
      group: '',
      incidents: [1],
      kind: 'triggered' as const,
      content: '{}',
      createdAt: NOW,
      due: NOW,
    };
    state.outbox.add({ receiver: 'desk', ...message });
    state.outbox.dead(1, NOW, '410');
    state.close();
    const [sound, receivers] = [await stateCheck.look(patient(folder))].flat();
    expect(sound).toMatchObject({ verdict: 'ok' });
    expect(receivers).toMatchObject({ verdict: 'bad', says: expect.stringContaining('desk 1') });
    const content = readFileSync(join(folder, 'state.db'));
    content.fill(0xff, 4_096, 12_288);
    writeFileSync(join(folder, 'state.db'), content);
    const [damaged] = [await stateCheck.look(patient(folder))].flat();
    expect(damaged).toMatchObject({ verdict: 'bad' });
  });
});

describe('a real one', () => {
  const { path: cwd, remove } = makeFolder();
  const data = join(cwd, 'data');
  const FLAGS = ['--self-telemetry', 'off', '--default-rules', 'off', '--synthetics-folder', ''];
  const aside = `journal/set-aside/${SEGMENT}`;
  let product = run(cwd, [...ANYWHERE, ...FLAGS]);
  beforeAll(() => ready(product));
  afterAll(async () => {
    product.child.kill('SIGKILL');
    await product.ended;
    remove();
  });

  async function doctor(...args: string[]): Promise<{ code: number; findings: Finding[] }> {
    const flags = ['--json', ...ANYWHERE, ...FLAGS, ...args];
    const child = spawn(process.execPath, [MAIN, ...flags], { cwd, env: { PATH: process.env.PATH } });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    const [code] = await once(child, 'close');
    return { code, findings: JSON.parse(out).findings };
  }

  const bad = (findings: readonly Finding[]) => findings.filter(({ verdict }) => verdict === 'bad');

  /** All files with their content's hash, but for the lock. */
  const tree = () =>
    execFileSync('sh', ['-c', "find . -type f ! -name 'lock*' | sort | xargs -d '\\n' sha256sum"], {
      cwd: data,
      encoding: 'utf8',
    });

  async function spansOfShop(): Promise<number> {
    const engine = (await engineOfRunningProduct(data))!;
    try {
      const [row] = await engine.query<{ n: number }>('SELECT count() AS n FROM otel_traces');
      return row!.n;
    } finally {
      await engine.close();
    }
  }

  test('at work is asked: its readiness, its store', async () => {
    const dashboard = await address(product, 'Dashboard');
    await eventually('it is ready', async () => (await fetch(`${dashboard}/readyz`)).ok, 60_000);
    const { port } = new URL(dashboard);
    const { code, findings } = await doctor('--http-port', port);
    expect(bad(findings)).toEqual([]);
    expect(code).toBe(0);
    const says = new Map(findings.map(({ name, says }) => [name, says]));
    expect(says.get('Running')).toMatch(/^yes, ready at /);
    expect(says.get('Store')).toMatch(/^ClickHouse \d+/);
    expect(says.get('Schema')).toBe("this release's");
  });

  test('at rest is left as it was, and what was set aside is stored once by the command it proposes', async () => {
    product.child.kill('SIGTERM');
    expect(await product.ended).toBe(0);
    put(data, aside, segment(plainRequest(3)));
    const before = tree();
    const { code, findings } = await doctor();
    expect(tree()).toBe(before);
    expect(code).toBe(1);
    const [finding, ...others] = bad(findings);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ name: 'Set aside', says: expect.stringContaining('nothing of it') });
    const command = /mv .+/.exec(finding!.propose!)![0];
    execFileSync('sh', ['-c', command]);
    product = run(cwd, [...ANYWHERE, ...FLAGS]);
    await ready(product);
    await eventually(
      'the journal is drained',
      () => !readdirSync(join(data, 'journal')).includes(SEGMENT),
      60_000,
    );
    expect(await spansOfShop()).toBe(3);
    expect(bad((await doctor()).findings)).toEqual([]);
  }, 120_000);
});
