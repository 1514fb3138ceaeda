/** The table of rule tests means what the contract says. */
import { expect, test } from 'vitest';
import { readInput } from '../../../rules/test/input.ts';
import { readTable } from '../../../rules/test/source.ts';
import { CONTRACT, CONTRACT_START, differences, specOf } from '../signals-contract.ts';

test.each(CONTRACT.map((one) => [one.name, one] as const))('%s', (_, one) => {
  const table = readInput(one.input, CONTRACT_START, (path, message) => {
    throw new Error(`${path.join('.')}: ${message}`);
  });
  const reading = readTable(table, specOf(one.signal), CONTRACT_START + one.at);
  expect(reading.ok && differences(one, reading.samples)).toEqual([]);
});
