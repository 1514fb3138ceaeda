/** A folder of rules while people edit it. */
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RuleSet } from '../../../model/rule.ts';
import { watchRules } from '../../../rules/language/watch.ts';
import { eventually } from '../../helpers/eventually.ts';
import { testFolder } from '../../helpers/folder.ts';
import { recordingLog } from '../../helpers/log.ts';

const text = (name: string, threshold = 5) =>
  `name: ${name}\nsignals: { x: { spans: count, window: 1m } }\nif: { signal: x, gt: ${threshold} }\n`;
const names = ({ rules }: RuleSet) => rules.map(({ name }) => name);

function setting(settleMs?: number) {
  const folder = testFolder();
  const write = (file: string, content: string) => writeFileSync(join(folder, file), content);
  write('a.yaml', text('a'));
  const changes: RuleSet[] = [];
  const log = recordingLog();
  const open = () => {
    const rules = watchRules({
      folder,
      defaults: false,
      log,
      changed: (set) => void changes.push(set),
      ...(settleMs === undefined ? {} : { settleMs }),
    });
    onTestFinished(() => rules.close());
    return rules;
  };
  return { folder, write, changes, log, open };
}

test('what is saved is in force soon, without a restart', async () => {
  const { write, open, changes } = setting(20);
  const rules = open();
  write('b.yaml', text('b'));
  await eventually('rule b', () => names(rules.current()).includes('b'));
  expect(names(changes.at(-1)!)).toEqual(['a', 'b']);
});

test('a file that becomes bad keeps its last good version, says so once, and recovers', () => {
  const { write, open, log } = setting(0);
  const rules = open();
  write('a.yaml', text('a').replace('gt: 5', 'gtt: 5'));
  expect(rules.look()).toBe(true);
  expect(rules.current().rules[0]).toMatchObject({ name: 'a', if: { threshold: 5 } });
  expect(rules.current().problems).toHaveLength(1);
  write('b.yaml', text('b'));
  rules.look();
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  write('a.yaml', text('a', 77));
  rules.look();
  expect(rules.current()).toMatchObject({ problems: [], rules: [{ if: { threshold: 77 } }, {}] });
});

test('a half-written file takes nothing away', () => {
  const { folder, open } = setting(0);
  const rules = open();
  for (const length of [40, 10, 0]) {
    truncateSync(join(folder, 'a.yaml'), length);
    rules.look();
    expect(rules.current().rules[0], `${length} bytes`).toMatchObject({ name: 'a', if: { threshold: 5 } });
  }
});

test('a deleted file takes its rule away, a renamed one keeps it', () => {
  const { folder, open } = setting(0);
  const rules = open();
  renameSync(join(folder, 'a.yaml'), join(folder, 'z.yaml'));
  rules.look();
  expect(rules.current().rules).toMatchObject([{ name: 'a', file: 'z.yaml' }]);
  rmSync(join(folder, 'z.yaml'));
  rules.look();
  expect(rules.current().rules).toEqual([]);
});

test('nothing is read again while nothing changes', () => {
  const { open, changes } = setting(0);
  const rules = open();
  expect([rules.look(), rules.look()]).toEqual([false, false]);
  expect(changes).toEqual([]);
});

test('subfolders and links to files are read; hidden folders, tests and other files are not', () => {
  const { folder, write, open } = setting(0);
  for (const name of ['sub', '..data']) mkdirSync(join(folder, name));
  write('sub/b.yaml', text('b'));
  write('..data/c.yaml', text('c'));
  symlinkSync(join(folder, '..data/c.yaml'), join(folder, 'c.yaml'));
  write('a.test.yaml', 'rule: a');
  write('readme.txt', 'no');
  expect(names(open().current()).sort()).toEqual(['a', 'b', 'c']);
});

test('a folder that is not there yet holds nothing, and is read once it is', () => {
  const { folder, open } = setting(0);
  rmSync(folder, { recursive: true });
  const rules = open();
  expect(names(rules.current())).toEqual([]);
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.yaml'), text('a'));
  expect(rules.look()).toBe(true);
  expect(names(rules.current())).toEqual(['a']);
});

test('a folder that goes away as a whole takes nothing with it, and that is said once', () => {
  const { folder, open, log } = setting(0);
  const rules = open();
  renameSync(folder, `${folder}-away`);
  expect([rules.look(), rules.look()]).toEqual([false, false]);
  expect(names(rules.current())).toEqual(['a']);
  expect(log.lines.filter(({ message }) => message.includes('is gone'))).toHaveLength(1);
  renameSync(`${folder}-away`, folder);
  rules.look();
  expect(names(rules.current())).toEqual(['a']);
});
