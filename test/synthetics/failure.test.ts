/** Whose fault a failure is. */
import { describe, expect, test } from 'vitest';
import type { FailureClass } from '../../model/probe.ts';
import { classify, JourneyMistake, PageFailed, TimedOut } from '../../synthetics/runner/failure.ts';
import { Stopped } from '../../synthetics/runner/limits.ts';
import type { RecordedRequest } from '../../synthetics/runner/requests.ts';

const NOTHING = { faulty: [], unanswered: [] };
const request = (more: Partial<RecordedRequest>) =>
  ({
    method: 'GET',
    url: 'http://shop.test/api',
    status: 0,
    error: '',
    isUnanswered: false,
    ...more,
  }) as RecordedRequest;
const failing = { faulty: [request({ status: 503 })], unanswered: [] };
const silent = { faulty: [], unanswered: [request({ isUnanswered: true })] };

type Case = readonly [name: string, thrown: Error, circumstances: Parameters<typeof classify>[1]];
const CASES: readonly (readonly [string, FailureClass, readonly Case[]])[] = [
  [
    'the target',
    'target',
    [
      [
        'a refused connection',
        new Error('page.goto: net::ERR_CONNECTION_REFUSED at http://shop.test/'),
        NOTHING,
      ],
      [
        'a bad certificate',
        new Error('page.goto: net::ERR_CERT_DATE_INVALID at https://shop.test/'),
        NOTHING,
      ],
      ['a page with 5xx', new PageFailed('http://shop.test/ answered 500'), NOTHING],
      [
        'a missing element after an API call failed',
        new Error('locator.click: Timeout 500ms exceeded.'),
        failing,
      ],
      ['a page that does not answer', new Error('page.goto: Timeout 2000ms exceeded.'), silent],
      ['a run that ends while a request waits', new TimedOut(1_000, true), silent],
      [
        'a name that does not exist',
        new Error('page.goto: net::ERR_NAME_NOT_RESOLVED at http://no.such.invalid/'),
        NOTHING,
      ],
    ],
  ],
  [
    'what was promised',
    'assertion',
    [
      ['a missing element', new Error('locator.click: Timeout 500ms exceeded.'), NOTHING],
      ['an expectation', new Error('expect(locator).toHaveText() failed'), NOTHING],
      ['an error the journey throws', new Error('the total is wrong'), NOTHING],
      ['a run that ends while it waits for the page', new TimedOut(1_000, true), NOTHING],
      ['a TypeError inside of the page', new Error('page.evaluate: TypeError: x is undefined'), NOTHING],
      ['too many dialogs', new Stopped('assertion', 'more than 20 dialogs'), NOTHING],
    ],
  ],
  [
    'the probe',
    'probe',
    [
      ['a bug in the journey, whatever the target did', new TypeError('x is undefined'), failing],
      ['a wrong use of the DSL', new JourneyMistake('two steps are called "a"'), failing],
      ['a journey that waits for nothing', new TimedOut(1_000, false), NOTHING],
      [
        'no network here',
        new Error('page.goto: net::ERR_INTERNET_DISCONNECTED at http://shop.test/'),
        failing,
      ],
      ['a URL that is none', new Error('page.goto: Protocol error: Cannot navigate to invalid URL'), NOTHING],
      [
        'a browser that is gone',
        new Error('page.click: Target page, context or browser has been closed'),
        failing,
      ],
    ],
  ],
];

describe.each(CASES)('%s is to blame for', (_, blame, cases) => {
  test.each(cases)('%s', async (_name, thrown, circumstances) => {
    expect((await classify(thrown, circumstances)).class).toBe(blame);
  });
});

test('the request that is to blame is named, without colours and the log of calls', async () => {
  const thrown = new Error(
    'locator.click: Timeout 500ms exceeded.\nCall log:\n\u001b[2m  - waiting\u001b[22m\n',
  );
  expect((await classify(thrown, failing)).message).toBe(
    'locator.click: Timeout 500ms exceeded.; GET http://shop.test/api answered 503',
  );
});
