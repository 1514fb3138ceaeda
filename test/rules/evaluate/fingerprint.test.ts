import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../rules/evaluate/fingerprint.ts';
import { SEED, seeded } from '../../helpers/chance.ts';

/** FNV-1a-64 as its authors write it, in whole numbers. */
function fnv(labels: Readonly<Record<string, string>>): string {
  let hash = 0xcbf29ce484222325n;
  for (const name of Object.keys(labels).sort())
    for (const text of [name, labels[name]!])
      for (const byte of [...new TextEncoder().encode(text), 0xff])
        hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}

test('the fingerprint of no labels is the offset basis', () => {
  expect(fingerprintOf({})).toBe('cbf29ce484222325');
});

test('halves of 32 bits give what whole numbers give, whatever the labels', () => {
  const random = seeded();
  const text = () =>
    Array.from({ length: random.below(20) }, () => String.fromCodePoint(32 + random.below(0x2000))).join('');
  for (let i = 0; i < 300; i++) {
    const labels = Object.fromEntries(Array.from({ length: random.below(5) }, () => [text(), text()]));
    expect(fingerprintOf(labels), `SEED=${SEED} ${JSON.stringify(labels)}`).toBe(fnv(labels));
  }
});

test('the order of labels does not matter, and where one ends does', () => {
  expect(fingerprintOf({ a: '1', b: '2' })).toBe(fingerprintOf({ b: '2', a: '1' }));
  expect(fingerprintOf({ ab: 'c' })).not.toBe(fingerprintOf({ a: 'bc' }));
});
