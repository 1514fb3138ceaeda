/** Journey files are read for their definition, wherever they lie and whatever they do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadJourney, loadJourneys } from '../../synthetics/journey/load.ts';
import { exceededThresholds } from '../../synthetics/journey/thresholds.ts';
import { testFolder } from '../helpers/folder.ts';

const ENVIRONMENT = {
  PATH: process.env.PATH,
  LOOPWATCH_INGEST_TOKEN: 'not-for-journeys',
  JOURNEY_URL: 'http://shop.test',
};

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const journey = (name: string, options: string, body = 'async () => {}') =>
  `import { journey } from 'loopwatch/journey';\nexport default journey('${name}', ${options}, ${body});\n`;

async function problemsOf(text: string): Promise<string[]> {
  const file = write(testFolder(), 'one.journey.ts', text);
  const { journeys, problems } = await loadJourney(file, ENVIRONMENT);
  expect(journeys).toEqual([]);
  for (const problem of problems) expect(problem).toContain(file);
  return problems;
}

test('a journey outside of the repository is read, with durations in milliseconds and its defaults', async () => {
  const file = write(
    testFolder(),
    'checkout.journey.ts',
    journey(
      'checkout',
      `{ every: '2m', thresholds: { total: '3s', steps: { pay: '800ms' } }, tags: { team: 'shop' }, secrets: { password: 'env:SHOP_PASSWORD' }, allow: ['http://localhost:3000'] }`,
    ),
  );
  const { journeys, problems } = await loadJourney(file, ENVIRONMENT);
  expect(problems).toEqual([]);
  expect(journeys).toEqual([
    {
      name: 'checkout',
      file,
      definition: expect.stringMatching(/^[0-9a-f]{12}$/),
      every: 120_000,
      timeout: 30_000,
      thresholds: { duration: 3_000, steps: { pay: 800 } },
      tags: { team: 'shop' },
      locations: [],
      secrets: { password: 'env:SHOP_PASSWORD' },
      allow: ['http://localhost:3000'],
    },
  ]);
});

test('all problems of a definition are told at once, with what is right', async () => {
  const problems = await problemsOf(
    journey(
      'checkout',
      `{ evry: '1m', timeout: 'soon', secrets: { password: 'hunter2' }, allow: ['localhost:3000/'] }`,
    ),
  );
  expect(problems).toEqual([
    expect.stringContaining('timeout: "soon" is not a duration like'),
    expect.stringContaining('secrets.password: expected a reference, env:NAME or file:/path'),
    expect.stringContaining('allow.0: "localhost:3000/" is not an origin like'),
    expect.stringContaining('"evry" is not an option; did you mean "every"?'),
  ]);
  expect(problems.join()).not.toContain('hunter2');
});

test.each([
  ['no journey', 'export const a = 1;\n', 'it has no journey'],
  ['too often', journey('a', `{ every: '1s' }`), 'the least is 10s'],
  ['no room after a hang', journey('a', `{ every: '10s', timeout: '9s' }`), 'between 1s and 5s'],
  ['a wildcard', journey('a', `{ allow: ['https://*.shop.test'] }`), 'is not an origin'],
  ['a name that is none', journey('<b>', '{}'), 'is not a name'],
  ['an exception', 'throw new Error("no luck");\n', 'it cannot be imported: no luck'],
  ['a broken syntax', 'export default journey(;\n', 'it cannot be imported'],
  ['an exit', 'process.exit(3);\n', 'it ended the process with code 3'],
] as const)('%s is a problem of that file', async (_, text, says) => {
  expect(await problemsOf(text)).toEqual([expect.stringContaining(says)]);
});

test('journeys see what is meant for them, and none of the product’s secrets', async () => {
  const file = write(
    testFolder(),
    'one.journey.ts',
    "import { journey } from 'loopwatch/journey';\nexport default journey(String(process.env.LOOPWATCH_INGEST_TOKEN ?? 'nothing'), { allow: [process.env.JOURNEY_URL!] }, async () => {});\n",
  );
  const { journeys } = await loadJourney(file, ENVIRONMENT);
  expect(journeys[0]).toMatchObject({ name: 'nothing', allow: ['http://shop.test'] });
});

test('of a folder every *.journey.ts is read, and nothing else; two of one name are a problem', async () => {
  const folder = testFolder();
  write(folder, 'a.journey.ts', journey('same', '{}'));
  write(folder, 'b.journey.ts', journey('same', '{}'));
  write(folder, 'c.journey.ts', journey('other', '{}'));
  write(folder, 'broken.ts', 'throw 1;');
  const { journeys, problems } = await loadJourneys(folder, ENVIRONMENT);
  expect(journeys.map(({ name }) => name)).toEqual(['same', 'other']);
  expect(problems).toEqual([
    expect.stringMatching(/b\.journey\.ts: "same" is the name of .*a\.journey\.ts already/),
  ]);
  expect(await loadJourneys(join(folder, 'nowhere'), ENVIRONMENT)).toEqual({ journeys: [], problems: [] });
});

test('what is slower than its threshold is told, the whole journey and single steps', () => {
  const step = { name: 'pay', durationMs: 900 } as never;
  const thresholds = { duration: 2_000, steps: { pay: 800, other: 1 } };
  expect(exceededThresholds({ thresholds }, { durationMs: 2_000, steps: [step] })).toEqual([
    { step: 'pay', measuredMs: 900, thresholdMs: 800 },
  ]);
  expect(
    exceededThresholds({ thresholds: { duration: 10, steps: {} } }, { durationMs: 11, steps: [step] }),
  ).toEqual([{ step: '', measuredMs: 11, thresholdMs: 10 }]);
});
