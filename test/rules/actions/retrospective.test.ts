import { expect, test } from 'vitest';
import { MINUTE, scaling, setting, VERIFY } from './setting.ts';

test('a retrospective says what was done, how long it took, and whether it helped', async () => {
  const on = setting([scaling({ verify: { ...VERIFY, worse: null } })]);
  await on.tick('firing');
  await on.pass(3 * MINUTE);
  await on.tick('firing', { checks: [{ operation: on.only().id, truth: true, worse: null }] });
  await on.pass(MINUTE);
  await on.tick('inactive');
  const { retrospective, operations } = on.incidents.get(1)!;
  expect(operations[0]!.verification!.samples).toHaveLength(1);
  expect(retrospective).toContain('checkout 2 → 3: verified, took 0 s. It helped: verified. Verdict: cured.');
  expect(retrospective).toMatch(/- first acted: 2026-01-15T09:00:00Z\n/);
  expect(retrospective).toContain('- verified to have helped: 2026-01-15T09:03:00Z (180 s after it began)');
});

test('what a guard stopped is there, too', async () => {
  const on = setting();
  on.killFile.reason = 'The kill switch is on.';
  await on.tick('firing');
  await on.pass(MINUTE);
  await on.tick('inactive');
  expect(on.incidents.get(1)!.retrospective).toContain('checkout 2 → 3: blocked. The kill switch is on.');
});
