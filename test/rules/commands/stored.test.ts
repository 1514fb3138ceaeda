/** Commands about stored data: on a real engine, as people type them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Command, runCommand } from '../../../rules/commands/command.ts';
import { explainCommand } from '../../../rules/commands/explain.ts';
import { planCommand } from '../../../rules/commands/plan.ts';
import { replayCommand } from '../../../rules/commands/replay.ts';
import { livedOpenings } from '../../../rules/commands/revision.ts';
import type { OpenStore } from '../../../rules/commands/store.ts';
import { startTestEngine, type TestEngine } from '../../helpers/engine.ts';
import { MINUTE, storeSpans, T0 } from '../../store/signals/data.ts';
import { rule as makeRule, outcome } from '../incidents/make.ts';
import { setting } from '../notify/setting.ts';

let it: TestEngine;
let folder: string;
const rule = (threshold: string) => `name: errors
every: 30s
summary: "{{ signals.bad.value }} errors"
signals: { bad: { spans: count, where: { service.name: shop, status: error }, window: 1m } }
if: { signal: bad, gt: ${threshold}, for: 1m }
then: [ { incident: {} }, { notify: team } ]
`;
const RECEIVER = 'receivers: [ { name: team, url: "https://hooks.example.org/x" } ]\n';

beforeAll(async () => {
  it = await startTestEngine();
  folder = join(it.folder, 'rules');
  mkdirSync(folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      stdio: 'pipe',
    });
  git('init', '-q');
  writeFileSync(join(folder, 'errors.yaml'), rule('5'));
  writeFileSync(join(folder, 'team.yaml'), RECEIVER);
  git('add', '.');
  git('commit', '-qm', 'rules');
  // Ten errors a minute for four minutes.
  await storeSpans(
    it.engine,
    Array.from({ length: 40 }, (_, i) => ({ at: i * 6_000 + 1, status: 'Error' })),
  );
});
afterAll(() => it?.stop());

const open: OpenStore = async () => ({ engine: it.engine, folder: it.folder, close: async () => {} });
const commands: Record<string, Command> = {
  plan: planCommand('rules', open),
  replay: replayCommand('rules', open),
  explain: explainCommand('rules', open),
};

async function rules(...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const say = (more: string) => {
    text += more;
  };
  const code = await runCommand('rules', commands, [...args, '--folder', folder], say, say);
  return { code, text };
}
/** As it ran: with labels of its own, which incidents carry. */
const liveRule = makeRule({ labels: { severity: 'page', team: 'shop' } });
const at = (minutes: number): string => new Date(T0 + minutes * MINUTE).toISOString();
const stretch = ['--from', at(-5), '--to', at(10), '--rule', 'errors'];

test('explain tells every branch with its value, and what is in the way', async () => {
  const { code, text } = await rules('explain', 'errors', '--at', at(1.9));
  expect(code).toBe(0);
  expect(text).toMatch(/pending/);
  expect(text).toMatch(/✗ bad > 5 +not yet +value \d+, held 30s of 1m/);
  expect((await rules('explain', 'errors', '--at', at(3))).text).toMatch(/✓ bad > 5 +true +value 10/);
  expect(await rules('explain', 'erors')).toMatchObject({
    code: 1,
    text: expect.stringContaining('no rule "erors"; did you mean "errors"?'),
  });
  expect(await rules('explain')).toMatchObject({ code: 2 });
});

test('plan tells the queries and their cost', async () => {
  const { code, text } = await rules('plan', '--rule', 'errors', '--sql');
  expect(code).toBe(0);
  expect(text).toMatch(/1 rule, 1 signal, 1 query\n/);
  expect(text).toMatch(/span_red_5s .*errors\/bad.*SELECT/s);
});

test('replay tells what would have happened', async () => {
  const { code, text } = await rules('replay', ...stretch);
  expect(code).toBe(0);
  expect(text).toMatch(/errors +pending → firing/);
  expect(text).toMatch(/1 incident, 1 page/);
});

test('replay against a revision tells what is missed, and fails', { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, 'errors.yaml'), rule('500'));
  const { code, text } = await rules('replay', ...stretch, '--against', 'HEAD');
  expect(text).toContain('against HEAD: -1 page, misses 1 incident that would have been, 0 incidents more');
  expect(code).toBe(1);
  writeFileSync(join(folder, 'errors.yaml'), rule('5'));
  expect(await rules('replay', ...stretch, '--against', 'HEAD')).toMatchObject({ code: 0 });
  expect(await rules('replay', ...stretch, '--against', 'nowhere')).toMatchObject({
    code: 2,
    text: expect.stringMatching(/rules of nowhere cannot be read: fatal: /),
  });
  expect(await rules('replay', '--from=-1x')).toMatchObject({ code: 2 });
});

test('replay knows the incidents that there were, whatever their labels and the former name of the rule', {
  timeout: 120_000,
}, async () => {
  const { desk } = setting(
    [{ url: 'http://127.0.0.1:1/' }],
    { rules: [{ ...liveRule, name: 'bad' }] },
    it.folder,
  );
  const down = T0 + MINUTE;
  desk.apply(outcome(down, [], { sourceDown: 'it does not answer' }));
  desk.apply(outcome(down + 30_000, [], { sourceDown: '' }));
  desk.apply(outcome(T0 + 2 * MINUTE, [{ rule: 'bad', labels: {} }]));
  writeFileSync(join(folder, 'errors.yaml'), rule('5').replace('every', 'previously: [bad]\nevery'));
  // That of the data source, number 1, no rule can open again.
  expect(livedOpenings(it.folder, T0, T0 + 10 * MINUTE)).toMatchObject([{ number: 2, rule: 'bad' }]);
  expect(await rules('replay', ...stretch)).toMatchObject({
    code: 0,
    text: expect.stringContaining('against the incidents that there were: misses nothing, 0 incidents more'),
  });
  writeFileSync(join(folder, 'errors.yaml'), rule('500').replace('every', 'previously: [bad]\nevery'));
  const { code, text } = await rules('replay', ...stretch);
  expect(text).toContain('misses incident 2, 0 incidents more');
  expect(code).toBe(1);
  writeFileSync(join(folder, 'errors.yaml'), rule('5'));
});

test('replay fails when there are more pages than are allowed', { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, 'more.yaml'), rule('1').replace('name: errors', 'name: more'));
  const all = ['--from', at(-5), '--to', at(10), '--rule', 'more', '--against', 'HEAD'];
  expect(await rules('replay', ...all, '--max-more-pages', '0')).toMatchObject({ code: 1 });
  expect(await rules('replay', ...all, '--max-more-pages', 'many')).toMatchObject({ code: 2 });
});
