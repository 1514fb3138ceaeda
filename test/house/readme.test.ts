/** What the README tells people to paste is what the page tells them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SENDERS } from '../../model/sending.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test.each(SENDERS)('the lines for $language are those of the page', ({ lines }) => {
  expect(README).toContain(`\`\`\`sh\n${lines('http://localhost:4318')}\n\`\`\``);
});
