import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes of their own, because tests start engines, send signals and measure memory; two, because that is what
    // a small machine has, and each engine takes 250 MB.
    pool: 'forks',
    maxWorkers: 2,
    // Far above what any needs: a slow machine must not fail them, and one that hangs still ends.
    testTimeout: 60_000,
    // Starting an engine is the slow part of most of them.
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // A flaky test is a broken one.
    retry: 0,
  },
});
