/** Journeys in a real browser against a small real site. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Site, startSite } from '../../bench/synthetics/site.ts';
import type { JourneyFile, JourneyOutcome } from '../../synthetics/runner/port.ts';
import { eventually } from '../helpers/eventually.ts';
import { BAD_JOURNEYS, type Setting, startRunner } from './setting.ts';

const SECRET = 'correct horse & battery';
let site: Site;
/** Another origin, which is not on any allow-list. */
let stranger: Site;
let setting: Setting;

beforeAll(async () => {
  [site, stranger] = await Promise.all([startSite(), startSite()]);
  setting = await startRunner({ JOURNEY_SITE: site.url, JOURNEY_STRANGER: stranger.url, PASSWORD: SECRET });
});

afterAll(async () => {
  await setting?.dispose();
  await Promise.all([site?.close(), stranger?.close()]);
});

/** Runs a journey with this body once. */
function run(
  body: string,
  { options = {}, ...order }: { options?: Partial<JourneyFile>; keepsEvidence?: boolean } = {},
): Promise<JourneyOutcome> {
  return setting.runText(
    `import { journey } from 'loopwatch/journey';
const SITE = process.env.JOURNEY_SITE!;
const STRANGER = process.env.JOURNEY_STRANGER!;
export default journey('test', {}, async ({ page, context, step, secret, expect }) => {
${body}
});
`,
    order,
    options,
  );
}

const bad = (name: string) => setting.run(join(BAD_JOURNEYS, `${name}.journey.ts`));

describe('a run', () => {
  test('measures its steps, requests and web vitals', async () => {
    const { verdict, steps, durationMs, failure, hostCpu } = await run(`
      await step('slow', () => page.goto(SITE + '/delay?ms=300'));
      await step('click', async () => {
        await page.goto(SITE + '/product');
        await page.getByRole('button').click();
        await expect(page.getByText('in the cart')).toBeVisible();
      });`);
    expect(failure).toBeNull();
    expect(verdict).toBe('passed');
    const [slow, click] = steps as [(typeof steps)[0], (typeof steps)[0]];
    expect(slow.durationMs).toBeGreaterThanOrEqual(300);
    expect(slow.vitals.ttfb).toBeGreaterThanOrEqual(299);
    expect(slow.vitals).toMatchObject({ lcp: expect.any(Number), fcp: expect.any(Number), cls: 0 });
    expect(slow.requests).toMatchObject([{ method: 'GET', url: `${site.url}/delay?ms=300`, status: 200 }]);
    expect(slow.requests[0]!.phases.ttfb).toBeGreaterThanOrEqual(299);
    expect(click.requests.map(({ url }) => url)).toEqual([`${site.url}/product`, `${site.url}/api/cart`]);
    expect(click.startMs).toBeGreaterThanOrEqual(slow.startMs + slow.durationMs);
    expect(slow.observerMs).toBeGreaterThan(0);
    expect(durationMs).toBeLessThan(click.startMs + click.durationMs);
    expect(hostCpu).toBeGreaterThanOrEqual(0);
  });

  test('notices a slow interaction and errors on the console', async () => {
    const { steps } = await run(`
      await step('home', () => page.goto(SITE));
      await step('click', async () => {
        await page.evaluate(\`addEventListener('click', (event) => {
          event.preventDefault();
          const until = performance.now() + 100;
          while (performance.now() < until);
          console.error('too slow');
        })\`);
        await page.getByRole('link').click();
      });`);
    expect(steps[1]!.vitals.inp).toBeGreaterThanOrEqual(100);
    expect(steps.map(({ consoleErrors }) => consoleErrors)).toEqual([0, 1]);
  });

  test('begins with nothing of the one before it', async () => {
    const cookie = `await page.goto(SITE); const before = await page.evaluate('document.cookie');
      await page.evaluate('document.cookie = "basket=full"'); expect(before).toBe('');`;
    expect((await run(cookie)).failure).toBeNull();
    expect((await run(cookie)).failure).toBeNull();
  });

  test('keeps a picture of every step, and trace, HAR and console only as evidence', async () => {
    const body = `await step('home', async () => { await page.goto(SITE); await page.evaluate('console.error("oh")'); });`;
    const plain = await run(body);
    expect(plain.artifacts.map(({ kind }) => kind)).toEqual(['screenshot']);
    expect(plain.steps[0]!.screenshot).toBe(plain.artifacts[0]!.sha256);
    const evident = await run(body, { keepsEvidence: true });
    expect(evident.artifacts.map(({ kind }) => kind)).toEqual(['screenshot', 'trace', 'har', 'console']);
    for (const { path, bytes } of evident.artifacts) expect(readFileSync(path)).toHaveLength(bytes);
  });
});

describe('the trace', () => {
  const ALLOW = () => ({ options: { allow: [site.url] } });

  test('reaches the allowed backend with a span for each document and call, and nobody else', async () => {
    const [from, strange] = [site.requests.length, stranger.requests.length];
    const { steps } = await run(
      `await step('buy', async () => {
        await page.goto(SITE + '/product');
        await page.getByRole('button').click();
        await expect(page.getByText('in the cart')).toBeVisible();
        await page.evaluate('fetch("' + STRANGER + '/script.js", { mode: "no-cors" })');
      });`,
      ALLOW(),
    );
    const sent = site.requests
      .slice(from)
      .map(({ url, headers }) => [url, headers.traceparent, headers.tracestate]);
    const spans = steps[0]!.requests.map(({ spanId }) => spanId);
    expect(spans).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}$/),
      expect.stringMatching(/^[0-9a-f]{16}$/),
      '',
    ]);
    expect(sent).toEqual([
      ['/product', expect.stringContaining(spans[0]!), 'lw=p'],
      ['/script.js', undefined, undefined],
      ['/api/cart', expect.stringContaining(spans[1]!), 'lw=p'],
    ]);
    const foreign = stranger.requests.slice(strange);
    expect(foreign.map(({ url }) => url)).toEqual(['/script.js']);
    expect(foreign[0]!.headers.traceparent).toBeUndefined();
  });

  test('does not turn the HTTP cache off', async () => {
    const from = site.requests.length;
    await run(
      `await page.goto(SITE); await page.getByRole('link').click(); await page.waitForURL('**/product');`,
      ALLOW(),
    );
    expect(site.requests.slice(from).filter(({ url }) => url === '/script.js')).toHaveLength(1);
  });
});

test('a secret reaches the site and nothing that is kept', async () => {
  const options = { secrets: { password: 'env:PASSWORD' } };
  const from = site.requests.length;
  const outcome = await run(
    `await step('log in', async () => {
      await page.goto(SITE + '/?password=' + encodeURIComponent(secret('password')));
      await page.evaluate('console.error(decodeURIComponent(location.search))');
      await page.evaluate('document.body.append(decodeURIComponent(location.search))');
      throw new Error('not with ' + secret('password'));
    });`,
    { options, keepsEvidence: true },
  );
  expect(site.requests[from]!.url).toContain(encodeURIComponent(SECRET));
  expect(outcome.failure!.message).toBe('not with [secret password]');
  expect(outcome.artifacts.map(({ kind }) => kind)).toEqual(['screenshot', 'har', 'console']);
  const kept = [
    JSON.stringify(outcome),
    ...outcome.artifacts.map(({ path }) => readFileSync(path, 'latin1')),
  ].join();
  for (const shape of [SECRET, encodeURIComponent(SECRET), 'battery']) expect(kept).not.toContain(shape);
});

test.each([
  ['nested steps', `await step('a', () => step('b', () => {}));`, /do not nest/],
  [
    'two steps of one name',
    `await step('a', () => {}); await step('a', () => {});`,
    /two steps are called "a"/,
  ],
  ['an unknown secret', `secret('pasword');`, /is none of its secrets/],
  [
    'promises nobody awaits',
    `void Promise.reject(new Error('lost')); await page.goto(SITE + '/delay?ms=100');`,
    /did not await failed: lost/,
  ],
] as const)('%s are the journey’s own mistake', async (_, body, says) => {
  expect((await run(body)).failure).toMatchObject({ class: 'probe', message: expect.stringMatching(says) });
});

describe('a journey that', { timeout: 60_000 }, () => {
  test.each([
    ['loops', 'probe', 'count', /did not give back control/],
    ['crashes-browser', 'probe', 'crash', /browser/],
    ['throws', 'probe', 'sum', /undefined/],
    ['opens-tabs', 'probe', 'tabs', /more than 10 tabs/],
    ['goes-to-file', 'probe', 'file', /refused/],
    ['is-sent-to-file', 'target', 'redirect', /ERR_UNSAFE_REDIRECT/],
    ['downloads', 'assertion', 'download', /[Dd]ownload/],
    ['receives-gigabytes', 'assertion', 'endless', /more than 256 MiB/],
    ['meets-500', 'target', 'fails', /answered 500/],
    ['meets-silence', 'target', 'hangs', /has no answer/],
    ['misses-element', 'assertion', 'home', /toBeVisible/],
  ] as const)('%s ends with its reason, and the next one runs', async (name, blame, step, says) => {
    const { failure, steps } = await bad(name);
    expect(failure).toMatchObject({ class: blame, step, message: expect.stringMatching(says) });
    expect(steps.every(({ durationMs }) => durationMs >= 0)).toBe(true);
    expect((await run(`await page.goto(SITE);`)).failure).toBeNull();
  });
});

test('a journey that hangs leaves room for another one beside it', async () => {
  const from = site.requests.length;
  const hanging = bad('hangs');
  await eventually('it to run', () => site.requests.length > from);
  expect((await bad('passes')).failure).toBeNull();
  expect((await hanging).failure).toMatchObject({
    class: 'probe',
    step: 'wait',
    message: expect.stringContaining('its own code was waiting'),
  });
});

test('a changed file is run as it is now', async () => {
  const file = join(setting.folder, 'changing.journey.ts');
  const runAs = async (name: string) => {
    const text = `import { journey } from 'loopwatch/journey';\nexport default journey('changing', {}, async ({ step }) => { await step('${name}', () => {}); });\n`;
    const { steps } = await setting.runText(text, {}, { file, definition: name });
    return steps.map((step) => step.name);
  };
  expect(await runAs('before')).toEqual(['before']);
  expect(await runAs('after')).toEqual(['after']);
}, 60_000);

test('a worn pair of runner and browser is replaced between two runs', async () => {
  const worn = await startRunner({ JOURNEY_SITE: site.url }, { recycle: { runs: 1 } });
  const nothing = () =>
    worn.runText(
      `import { journey } from 'loopwatch/journey'; export default journey('a', {}, async () => {});`,
      {},
      {},
    );
  const pairs = () => readdirSync(join(worn.folder, 'runner', 'browser-0'));
  expect((await nothing()).failure).toBeNull();
  await eventually('a fresh pair instead of the first', () => pairs().join() === '1');
  expect((await nothing()).failure).toBeNull();
  await worn.dispose();
}, 60_000);

test('without a browser journeys are not run, and one sentence says what to do', async () => {
  const none = await startRunner({}, { browser: null });
  expect(none.runner.unavailable()).toContain('npx playwright install chromium');
  const outcome = await none.runText('', {}, {});
  expect(outcome.failure).toMatchObject({ class: 'probe', message: none.runner.unavailable() });
  await none.dispose();
});

test('a browser that does not start is the probe’s fault and says why', async () => {
  const broken = await startRunner({}, { browser: { path: '/bin/false', source: 'configured' } });
  const outcome = await broken.runText('', {}, {});
  expect(outcome.failure).toMatchObject({
    class: 'probe',
    message: expect.stringContaining('/bin/false did not start'),
  });
  await broken.dispose();
  expect(existsSync(broken.folder)).toBe(false);
});
