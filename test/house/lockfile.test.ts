import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));

test('the lock file names the engine for every platform, also those its writer could not reach', () => {
  // npm leaves out optional packages that its registry lacks, and would then never install them anywhere.
  const { packages } = read('package-lock.json') as { packages: Record<string, { version: string }> };
  const linux = packages['node_modules/@chdb/lib-linux-x64-gnu']!.version;
  for (const platform of ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu'])
    expect(packages[`node_modules/@chdb/lib-${platform}`]?.version, platform).toBe(linux);
});

test('npm may run the install script that brings Node, which newer versions of npm ask for', () => {
  expect(read('package.json').allowScripts).toEqual({ node: true });
});
