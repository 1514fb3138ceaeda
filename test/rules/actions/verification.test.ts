/** Whether it helped, asked of the signals; undone once when it did not. */
import { describe, expect, test } from 'vitest';
import { MINUTE, rule, scale, setting, VERIFY } from './setting.ts';

describe('verification', () => {
  const verified = [
    rule({
      then: [
        { kind: 'incident', groupBy: [], attach: [] },
        { kind: 'notify', receiver: 'shop' },
        scale({ verify: VERIFY }),
      ],
    }),
  ];
  const check = (on: ReturnType<typeof setting>, truth: boolean | null, worse: boolean | null = null) =>
    on.tick('firing', { checks: [{ operation: on.only().id, truth, worse }] });

  test('cured: true after the settling time', async () => {
    const on = setting(verified);
    await on.tick('firing');
    await on.pass(MINUTE);
    await check(on, true);
    expect(on.only().status, 'too early to say').toBe('verifying');
    await on.pass(2 * MINUTE);
    await check(on, true);
    expect(on.only()).toMatchObject({ status: 'verified', verification: { verdict: 'cured' } });
    expect(on.hook.counts.get('checkout')).toBe(3);
  });

  test('no effect: undone once, then escalated', async () => {
    const on = setting(verified);
    await on.tick('firing');
    for (let i = 0; i < 13; i++) {
      await on.pass(MINUTE);
      await check(on, false);
    }
    expect(on.only()).toMatchObject({ status: 'rolled_back', verification: { verdict: 'no_effect' } });
    expect(on.hook.counts.get('checkout')).toBe(2);
    expect(on.hook.done).toEqual([on.only().id, `${on.only().id}.rollback`]);
    expect(on.said().at(-1)).toBe('checkout: It had no effect. It was undone.');
    await on.pass(30 * MINUTE);
    await on.tick('firing');
    expect(on.hook.done, 'people have taken over').toHaveLength(2);
  });

  test('worse: undone at once', async () => {
    const on = setting(verified);
    await on.tick('firing');
    await on.pass(3 * MINUTE);
    await check(on, false, true);
    expect(on.only()).toMatchObject({ status: 'rolled_back', verification: { verdict: 'worse' } });
  });

  test('unknown: nothing is undone, people are told', async () => {
    const on = setting(verified);
    await on.tick('firing');
    for (let i = 0; i < 13; i++) {
      await on.pass(MINUTE);
      await check(on, null);
    }
    expect(on.only()).toMatchObject({ status: 'escalated', verification: { verdict: 'unknown' } });
    expect(on.hook.counts.get('checkout')).toBe(3);
  });

  test('changed by hand meanwhile: it is left alone', async () => {
    const on = setting(verified);
    await on.tick('firing');
    on.hook.counts.set('checkout', 7);
    await on.pass(3 * MINUTE);
    await check(on, false, true);
    expect(on.only().status).toBe('escalated');
    expect(on.hook.counts.get('checkout')).toBe(7);
    expect(on.said().join(' ')).toContain('is 7, not 3 as it was left');
  });

  test('a hook that says that it scaled and did not: the signals tell, and nothing is undone that was not done', async () => {
    const on = setting(verified);
    on.hook.nextAnswers.push({ answer: { kind: 'succeeded', observed: 3 }, carriesOut: false });
    await on.tick('firing');
    await on.pass(3 * MINUTE);
    await check(on, false, true);
    expect(on.only()).toMatchObject({ status: 'escalated', verification: { verdict: 'worse' } });
    expect(on.hook.counts.get('checkout')).toBe(2);
    expect(on.said().join(' ')).toContain('is 2, not 3 as it was left');
  });

  test('ticks that never come end it as unknown', async () => {
    const on = setting(verified);
    await on.tick('firing');
    await on.pass(20 * MINUTE);
    expect(on.only()).toMatchObject({ status: 'escalated', verification: { verdict: 'unknown' } });
  });

  test('a restart between the end of a rollback and what it undid: that comes to its end too', async () => {
    const on = setting(verified);
    await on.tick('firing');
    await on.pass(3 * MINUTE);
    await check(on, false, true);
    const undone = on.only();
    const before = { ...undone, status: 'rolling_back', due: null } as const;
    on.state.operations.put([before]);
    on.restart();
    expect(on.only()).toMatchObject({ status: 'rolled_back' });
    expect(on.hook.done).toHaveLength(2);
  });

  test('a restart in the middle of a verification goes on with it', async () => {
    const on = setting(verified);
    await on.tick('firing');
    await on.pass(3 * MINUTE);
    on.restart();
    expect(on.actions.verifying()).toHaveLength(1);
    await check(on, true);
    expect(on.only().status).toBe('verified');
  });
});
