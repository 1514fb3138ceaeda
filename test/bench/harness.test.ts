import { describe, expect, test } from 'vitest';
import { banner } from '../../app/banner.ts';
import { readBanner } from '../../bench/harness/banner.ts';
import { percentile, rounded } from '../../bench/harness/percentile.ts';
import { cpuSecondsOf, isAlive, parseStat, processTree } from '../../bench/harness/processes.ts';
import { judge } from '../../drills/harness/verify.ts';
import { disagreements } from '../../drills/overload/sent.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  test.each([
    [hundred, 0.5, 50],
    [hundred, 0.99, 99],
    [hundred, 1, 100],
    [hundred, 0, 1],
    [[7], 0.99, 7],
    [[3, 1, 2], 0.95, 3],
    [[], 0.5, Number.NaN],
  ])('is the nearest rank of %j at %d', (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  test('is null in a result where there is nothing', () => {
    expect(rounded(Number.NaN)).toBeNull();
    expect(rounded(1.2345, 2)).toBe(1.23);
  });
});

describe('CPU of a process', () => {
  test('is read past a command with spaces and parentheses, waited-for children included', () => {
    const text = '42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 25 25 20 0 1 0 100 1 1';
    expect(parseStat(text)).toEqual({ state: 'S', parent: 7, cpuSeconds: 2.5, born: '100' });
  });

  test('is found for this one and for nobody that is gone', () => {
    expect(processTree(process.pid)[0]?.pid).toBe(process.pid);
    expect(cpuSecondsOf(process.pid)).toBeGreaterThan(0);
    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(2 ** 22 + 1)).toBe(false);
  });
});

test('the addresses are found in what the product prints', () => {
  const text = banner({
    seconds: 1.2,
    dashboardUrl: 'http://127.0.0.1:8080',
    otlpUrl: 'http://127.0.0.1:4318',
    otlpGrpcUrl: 'http://127.0.0.1:4317',
    dataFolder: '/tmp/data',
    engine: 'embedded ClickHouse',
    storeDetail: '',
    synthetics: { folder: './synthetics', journeys: 0, checks: 0, browser: null },
    needsToken: false,
    administratorLink: '',
    rules: { folder: 'rules', loaded: 12, problems: 0 },
  });
  const found = {
    dashboardUrl: 'http://127.0.0.1:8080',
    otlpUrl: 'http://127.0.0.1:4318',
    otlpGrpcUrl: 'http://127.0.0.1:4317',
  };
  expect(readBanner(`a log line before\n${text}`)).toEqual(found);
  expect(readBanner('Loopwatch ready in 1.2 s\n  Dashboard  http://127.0.0.1:80')).toBeNull();
});

describe('the verdict of the kill drill', () => {
  const acked = new Set([1, 2, 3]);
  const whole = [1, 2, 3].map((batch) => ({ batch, stored: 512, distinct: 512 }));
  const fine = { acked: 1536, lost: 0, duplicated: 0, unanswered: 0, torn: 0 };
  test.each([
    ['everything is there once', whole, fine],
    [
      'an unanswered request is stored',
      [...whole, { batch: 4, stored: 512, distinct: 512 }],
      { ...fine, unanswered: 512 },
    ],
    ['a request is missing', whole.slice(1), { ...fine, lost: 512 }],
    [
      'a request is there twice',
      [...whole.slice(1), { batch: 1, stored: 1024, distinct: 512 }],
      { ...fine, duplicated: 512 },
    ],
    [
      'a span is missing',
      [...whole.slice(1), { batch: 1, stored: 511, distinct: 511 }],
      { ...fine, lost: 1, torn: 1 },
    ],
    [
      'an unanswered request is there twice',
      [...whole, { batch: 4, stored: 1024, distinct: 512 }],
      { ...fine, duplicated: 512, unanswered: 512 },
    ],
  ])('when %s', (_, stored, expected) => {
    expect(judge(acked, stored, 512)).toEqual(expected);
  });
});

test('the overload drill sees a body stored less or more often than it was accepted, or never accepted', () => {
  const stored = new Map([
    [1, 1_024],
    [2, 512],
    [3, 1_024],
    [5, 512],
  ]);
  expect(disagreements({ 1: 2, 2: 2, 3: 1, 4: 1 }, stored, 512).sort()).toEqual([2, 3, 4, 5]);
  expect(disagreements({ 1: 2 }, new Map([[1, 1_024]]), 512)).toEqual([]);
});
