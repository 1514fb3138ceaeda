// Prints each failed test of a vitest report: its file, its name, the first lines of why.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const LINES = 12;
const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const say = (what, why) =>
  process.stdout.write(`FAILED: ${what}\n  ${(why ?? '').split('\n').slice(0, LINES).join('\n  ')}\n`);

for (const { name, status, message, assertionResults } of report.testResults) {
  const file = relative('.', name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  for (const test of failed) say(`${file}: ${test.fullName}`, test.failureMessages[0]);
  // A file that could not be loaded, or whose set-up failed, has no failed test of its own.
  if (status === 'failed' && failed.length === 0) say(file, message);
}
