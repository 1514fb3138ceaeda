import { expect, test } from 'vitest';
import { faultTable } from '../../demo/client.ts';
import { type Command, parseCommandLine } from '../../demo/command-line.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter(Boolean));

test('without a command the demo starts; what is not its own goes to the product', () => {
  expect(parse('')).toMatchObject({
    kind: 'start',
    options: { story: true, attach: null, workers: 2, controlPort: 8090, product: [] },
  });
  const line =
    '--no-story --http-port 0 --shop-port 5 --shop-port=0 --log-level=debug --visitors 1.5 --workers 3';
  expect(parse(line)).toMatchObject({
    options: {
      story: false,
      shopPort: 0,
      visitors: 1.5,
      workers: 3,
      product: ['--http-port', '0', '--log-level=debug'],
    },
  });
  expect(parse('--attach http://localhost:4318/')).toMatchObject({
    options: { attach: 'http://localhost:4318' },
  });
});

test.each<[string, Partial<Command>]>([
  ['faults', { kind: 'faults', controlPort: 8090 }],
  ['fault load-x3', { kind: 'fault', name: 'load-x3', for: null, end: false }],
  ['fault load-x3 --for 2m', { kind: 'fault', name: 'load-x3', for: '2m' }],
  ['fault --end load-x3 --control-port 1', { kind: 'fault', name: 'load-x3', end: true, controlPort: 1 }],
  ['workers', { kind: 'workers', count: null }],
  ['workers 4', { kind: 'workers', count: 4 }],
  ['fault --help', { kind: 'help' }],
])('%s', (line, command) => {
  expect(parse(line)).toMatchObject(command);
});

test.each([
  ['falt slow-payment', /no command "falt"/],
  ['fault', /Which fault/],
  ['fault a b', /"b" is not understood/],
  ['fault a --for soon', /not a duration/],
  ['fault a --for', /--for needs a value/],
  ['workers 9', /1 to 8 workers/],
  ['workers two', /1 to 8 workers/],
  ['--workers 0', /1 to 8 workers/],
  ['--visitors many', /number from 0 to 50/],
  ['--shop-port 70000', /whole number from 0 to 65535/],
  ['--attach localhost', /--attach wants/],
  ['--attach http://localhost:4318 --http-port 0', /--http-port is not a flag of the demo/],
  ['--story --no-story', /exclude each other/],
])('%s is refused with what would be right', (line, sentence) => {
  expect(() => parse(line)).toThrow(sentence);
});

test('the table of faults says which are active and when they end', () => {
  const fault = { name: 'load-x3', summary: 'Three times as many.', active: true, endsAt: 61_000 } as const;
  expect(faultTable([fault], 1_000)).toBe('▲ load-x3  active, ends in 60 s    Three times as many.\n');
  expect(faultTable([{ ...fault, active: false, endsAt: null }], 0)).toMatch(/^ {2}load-x3 {2,}Three/);
});
