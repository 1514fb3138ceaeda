/** Secrets are looked up by reference and never come out again. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { redactor, resolveSecrets } from '../../synthetics/journey/secrets.ts';
import { SEED, seeded } from '../helpers/chance.ts';
import { testFolder } from '../helpers/folder.ts';

describe('a secret', () => {
  test('comes from the environment or a file', () => {
    const path = join(testFolder(), 'token');
    writeFileSync(path, 'from a file\n');
    expect(resolveSecrets({ a: 'env:TOKEN', b: `file:${path}` }, { TOKEN: 'from env' })).toEqual({
      a: 'from env',
      b: 'from a file',
    });
  });

  test('that is not there is named, as is one too short to be hidden', () => {
    expect(() => resolveSecrets({ a: 'env:NOWHERE' }, {})).toThrow(/"a" is not there: env:NOWHERE/);
    expect(() => resolveSecrets({ a: 'file:/nowhere' }, {})).toThrow(/"a" is not there/);
    expect(() => resolveSecrets({ a: 'env:PIN' }, { PIN: '123' })).toThrow(/shorter than 4/);
  });
});

test('a secret is taken out as it is, in URLs, forms, JSON, HTML and Base64', () => {
  const value = 'p&ss "wörd"/+?';
  const redact = redactor({ password: value });
  for (const text of [
    value,
    `https://shop.test/?q=${encodeURIComponent(value)}`,
    new URLSearchParams({ q: value }).toString(),
    JSON.stringify({ value }),
    JSON.stringify(JSON.stringify({ value })),
    `Basic ${Buffer.from(`user:${value}`).toString('base64')}`,
  ]) {
    expect(redact(text)).toContain('[secret password]');
    expect(redact(text)).not.toContain('rd%22');
    expect(redact(text)).not.toContain('wörd');
  }
});

test(`in Base64 it is found at every offset, with whatever stands around it (SEED=${SEED})`, () => {
  const random = seeded();
  for (let round = 0; round < 300; round++) {
    const value = Buffer.from(
      Array.from({ length: 6 + random.between(0, 20) }, () => 33 + random.between(0, 93)),
    ).toString();
    const around = () => 'x'.repeat(random.between(0, 9));
    const text = Buffer.from(around() + value + around()).toString('base64');
    expect(redactor({ token: value })(text), `value ${JSON.stringify(value)} in ${text}`).toContain(
      '[secret token]',
    );
  }
});
