/** The folder of journeys and checks: edits are noticed, broken ones keep what was, and names are nobody's twice. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Definitions } from '../../synthetics/definitions.ts';
import { loadJourney } from '../../synthetics/journey/load.ts';
import { eventually } from '../helpers/eventually.ts';
import { testFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';

function open(folder = testFolder()) {
  const log = recordingLog();
  const definitions = new Definitions({ folder, log, loadJourney: (path) => loadJourney(path, {}) });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const names = () => definitions.current.checks.map(({ name, every }) => `${name} ${every / 1_000}`);
  return { folder, log, definitions, write, names };
}

const CHECK = 'checks: [{ name: a, http: https://a, every: 10s }]';

test('a folder that is not there defines nothing, and one that appears is noticed', async () => {
  const folder = join(testFolder(), 'later');
  const { definitions, write, names } = open(folder);
  expect(await definitions.refresh()).toBe(false);
  mkdirSync(folder);
  write('my.checks.yaml', CHECK);
  expect(await definitions.refresh()).toBe(true);
  expect(names()).toEqual(['a 10']);
});

test('only files with the two endings are read', async () => {
  const { definitions, write, names } = open();
  for (const name of ['a.yaml', 'checks.yaml.bak', 'notes.md', 'x.ts']) write(name, CHECK);
  expect(await definitions.refresh()).toBe(false);
  expect(names()).toEqual([]);
});

test('what did not change is not told again; what did is', async () => {
  const { definitions, write, names } = open();
  write('my.checks.yaml', CHECK);
  await definitions.refresh();
  expect(await definitions.refresh()).toBe(false);
  write('my.checks.yaml', CHECK.replace('10s', '20s'));
  expect(await definitions.refresh()).toBe(true);
  expect(names()).toEqual(['a 20']);
});

test.each([
  ['half-written', 'checks: [{ name: a, ht'],
  ['empty', ''],
  ['wrong', CHECK.replace('10s', 'soon')],
])('a file that is %s keeps its last good version, and it is said once', async (_, broken) => {
  const { definitions, write, names, log } = open();
  write('my.checks.yaml', CHECK);
  await definitions.refresh();
  write('my.checks.yaml', broken);
  await definitions.refresh();
  const said = log.lines.length;
  await definitions.refresh();
  expect(names()).toEqual(['a 10']);
  expect(log.lines).toHaveLength(said);
  expect(log.lines[0]!.message).toMatch(/my\.checks\.yaml:1: .*\(what it said before goes on\)$/);
  write('my.checks.yaml', CHECK.replace('name: a', 'name: b'));
  await definitions.refresh();
  expect(names()).toEqual(['b 10']);
  expect(definitions.current.problems).toEqual([]);
});

test('of a new file that is partly wrong the right part is used', async () => {
  const { definitions, write, names, log } = open();
  write('my.checks.yaml', 'checks: [{ name: a, http: https://a }, { name: b }]');
  await definitions.refresh();
  expect(names()).toEqual(['a 60']);
  expect(log.lines).toHaveLength(1);
});

test('a file that is removed defines nothing any more', async () => {
  const { definitions, write, names, folder } = open();
  write('my.checks.yaml', CHECK);
  await definitions.refresh();
  rmSync(join(folder, 'my.checks.yaml'));
  expect(await definitions.refresh()).toBe(true);
  expect(names()).toEqual([]);
});

test('a name belongs to the first file that has it, whether journey or check', async () => {
  const { definitions, write, names } = open();
  write('a.checks.yaml', CHECK);
  write('b.checks.yaml', CHECK.replace('10s', '20s'));
  await definitions.refresh();
  expect(names()).toEqual(['a 10']);
  expect(definitions.current.problems.join()).toMatch(
    /b\.checks\.yaml: "a" is the name of something in .*a\.checks\.yaml already/,
  );
});

test('a journey beside checks is loaded by its own rules', async () => {
  const { definitions, write } = open();
  write('my.checks.yaml', CHECK);
  write('bad.journey.ts', 'export default 3;');
  await eventually('both to be read', async () => {
    await definitions.refresh();
    return definitions.current.problems.length > 0;
  });
  expect(definitions.current.journeys).toEqual([]);
  expect(definitions.current.problems.join()).toMatch(/bad\.journey\.ts: it has no journey/);
});

test('a file that does not end when it is imported holds up no other, and is told of when it was given up', async () => {
  const folder = testFolder();
  const given = Promise.withResolvers<{ journeys: []; problems: string[] }>();
  let reads = 0;
  const loadJourney = () => {
    reads++;
    return given.promise;
  };
  const definitions = new Definitions({ folder, log: recordingLog(), loadJourney, patienceMs: 10 });
  for (let n = 0; n < 5; n++) writeFileSync(join(folder, `a${n}.journey.ts`), `while (true) {} // ${n}`);
  writeFileSync(join(folder, 'my.checks.yaml'), CHECK);
  expect(await definitions.refresh()).toBe(true);
  expect(definitions.current.checks).toHaveLength(1);
  expect(await definitions.refresh()).toBe(false);
  given.resolve({ journeys: [], problems: ['it did not end'] });
  await eventually('all are told of', async () => {
    await definitions.refresh();
    return definitions.current.problems.length === 5;
  });
  expect(await definitions.refresh()).toBe(false);
  expect(reads).toBe(5);
});

test('a file with a problem is read again after a minute, for the machine may have been busy', async () => {
  const folder = testFolder();
  writeFileSync(join(folder, 'a.journey.ts'), 'export default 3;');
  let now = 0;
  const answers = ['no answer within 10 s', 'no answer within 10 s'];
  const loadJourney = async () => ({ journeys: [], problems: answers.splice(0, 1) });
  const definitions = new Definitions({ folder, log: recordingLog(), loadJourney, monotonic: () => now });
  const problems: number[] = [];
  for (now of [0, 59_000, 61_000, 130_000]) {
    await definitions.refresh();
    problems.push(definitions.current.problems.length);
  }
  expect(problems).toEqual([1, 1, 1, 0]);
});
