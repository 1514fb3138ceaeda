import { describe, expect, test } from 'vitest';
import {
  age,
  ago,
  bytes,
  count,
  duration,
  MISSING,
  percent,
  perMinute,
  plural,
  rate,
  significant,
  throughput,
} from '../../dashboard/src/format.ts';

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

describe('a number has at most three significant digits and never an exponent', () => {
  test.each([
    [0, '0'],
    [1, '1'],
    [0.05, '0.05'],
    [0.1234, '0.123'],
    [4.1, '4.1'],
    [42.149, '42.1'],
    [999.4, '999'],
    [0.00001, '< 0.001'],
    [-0.00001, '> −0.001'],
    [-4.1, '−4.1'],
  ])('%s is %s', (value, text) => expect(significant(value)).toBe(text));

  test.each([
    [999.6, '1,000'],
    [1204, '1,204'],
    [11_870, '11,870'],
    [99_999, '99,999'],
    [100_000, '100 k'],
    [123_456, '123 k'],
    [999_600, '1 M'],
    [1_234_567, '1.23 M'],
    [4.56e9, '4.56 G'],
    [1e15, '1,000,000 G'],
  ])('the count %s is %s', (value, text) => expect(count(value)).toBe(text));
});

describe('what is not known is a dash and never 0', () => {
  test.each([[null], [undefined], [Number.NaN], [Number.POSITIVE_INFINITY]])('%s', (value) => {
    expect([count(value), duration(value), percent(value)]).toEqual([MISSING, MISSING, MISSING]);
  });
  test('a rate of no events', () => expect(rate(0, 0)).toBe(MISSING));
  test('the age of nothing', () => expect([age(null, 5), ago(null, 5)]).toEqual([MISSING, MISSING]));
});

test.each([
  [0, '0 ms'],
  [0.000412, '412 ns'],
  [0.0009996, '1 µs'],
  [0.0081, '8.1 µs'],
  [0.9996, '1 ms'],
  [210, '210 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [4120, '4.12 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min'],
  [200 * S, '3 min 20'],
  [5 * H + 10 * MIN, '5 h 10'],
  [3 * D + 4 * H, '3 d 4 h'],
  [-250, '−250 ms'],
])('a duration of %s ms reads %s', (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [0, '0 %'],
  [1, '100 %'],
  [0.003, '0.3 %'],
  [0.0238, '2.38 %'],
  [0.3333, '33.3 %'],
  [0.00001, '< 0.01 %'],
  [0.9996, '99.96 %'],
  [0.999999, '> 99.99 %'],
])('a share of %s reads %s: all and none are not rounded to', (share, text) => {
  expect(percent(share)).toBe(text);
});

test.each([
  [2, 95, '2 of 95'],
  [0, 3, '0 of 3'],
  [0, 100, '0 %'],
  [2, 100, '2 %'],
])('%s failures of %s read "%s"', (part, whole, text) => expect(rate(part, whole)).toBe(text));

test('throughput is per second from one a second on, else per minute', () => {
  const hour = { from: 0, to: H };
  expect(throughput(42 * 3600, hour)).toBe('42/s');
  expect(throughput(60 * 12, hour)).toBe('12/min');
  expect(throughput(3, hour)).toBe('0.05/min');
  expect(perMinute(5, { from: 7, to: 7 })).toBeNaN();
});

test.each([
  [0, '0 s', '0 s ago'],
  [59_999, '59 s', '59 s ago'],
  [MIN, '1 min', '1 min ago'],
  [5 * H, '5 h', '5 h ago'],
  [3 * D, '3 d', '3 d ago'],
  [-1000, '0 s', '0 s ago'],
  [-3 * MIN, '3 min ahead', '3 min ahead'],
])('%s ms back is "%s"; a clock that is ahead says so', (back, short, long) => {
  expect([age(1e9 - back, 1e9), ago(1e9 - back, 1e9)]).toEqual([short, long]);
});

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [4100, '4.1 kB'],
  [12_345_678, '12.3 MB'],
  [5e9, '5 GB'],
])('%s bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

test('one is singular, all else is plural', () => {
  expect([plural(1, 'service'), plural(0, 'service'), plural(2, 'service is', 'services are')]).toEqual([
    '1 service',
    '0 services',
    '2 services are',
  ]);
});
