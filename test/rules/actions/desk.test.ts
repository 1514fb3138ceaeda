/** What is done about an incident: guarded, approved, carried out once. */
import { describe, expect, test } from 'vitest';
import { MINUTE, rule, SECOND, scaling, setting, VERIFY } from './setting.ts';

const failedGuards = ({ guards }: { guards: readonly { guard: string; passed: boolean }[] }) =>
  guards.filter(({ passed }) => !passed).map(({ guard }) => guard);

describe('carrying out', () => {
  test('a firing rule scales at once, to an absolute number', async () => {
    const on = setting();
    await on.tick('firing');
    expect(on.hook.requested.map(({ order }) => order)).toEqual([
      { kind: 'scale', expectedCurrent: 2, desired: 3, bounds: { min: 2, max: 12 } },
    ]);
    expect(on.only()).toMatchObject({
      id: 'slow.00000000000000aa.e1.2.1',
      status: 'succeeded',
      observed: 3,
      incident: 1,
    });
    expect(on.said().join(' ')).toContain('checkout from 2 to 3');
  });

  test('it is repeated after the cooldown while it still fires, with the next number', async () => {
    const on = setting();
    await on.tick('firing');
    await on.pass(9 * MINUTE);
    await on.tick('firing');
    expect(on.all()).toHaveLength(1);
    await on.pass(MINUTE);
    await on.tick('firing');
    expect(on.all().map(({ id, status }) => [id.slice(-2), status])).toEqual([
      ['.1', 'succeeded'],
      ['.2', 'succeeded'],
    ]);
    expect(on.hook.counts.get('checkout')).toBe(4);
  });

  test('a hook that timed out but did scale is asked, and nothing is done twice', async () => {
    const on = setting();
    on.hook.nextAnswers.push({
      answer: { kind: 'no_answer', reason: 'no answer within 2 s' },
      carriesOut: true,
    });
    await on.tick('firing');
    expect(on.only().status).toBe('unknown');
    await on.pass(5 * SECOND);
    expect(on.only()).toMatchObject({ status: 'succeeded', observed: 3 });
    expect(on.hook.done).toHaveLength(1);
    expect(on.hook.requested).toHaveLength(1);
  });

  test('a hook that never received it gets it again under the same id', async () => {
    const on = setting();
    on.hook.nextAnswers.push({ answer: { kind: 'no_answer', reason: 'reset' }, carriesOut: false });
    await on.tick('firing');
    await on.pass(5 * SECOND);
    expect(on.hook.requested.map(({ id }) => id)).toEqual([on.only().id, on.only().id]);
    expect(on.only().status).toBe('succeeded');
  });

  test('202 and never done: asked until the deadline, then people have to look', async () => {
    const on = setting();
    on.hook.nextAnswers.push({ answer: { kind: 'accepted', pollAfter: SECOND }, carriesOut: false });
    on.hook.nextStates.push(
      ...Array.from({ length: 2_000 }, () => ({ kind: 'accepted', pollAfter: SECOND }) as const),
    );
    await on.tick('firing');
    expect(on.only().status).toBe('accepted');
    await on.pass(16 * MINUTE);
    expect(on.only()).toMatchObject({ status: 'escalated' });
    expect(on.said().join(' ')).toContain('did not finish before the deadline');
    expect(on.state.incidents.get(1)!.incident.status).toBe('escalated');
    expect(on.hook.done).toEqual([]);
  });

  test('409: the plan is made anew from what the hook observes', async () => {
    const on = setting();
    on.hook.nextAnswers.push({ answer: { kind: 'conflict', observed: 5 }, carriesOut: false });
    on.hook.counts.set('checkout', 5);
    await on.tick('firing');
    expect(on.only()).toMatchObject({ status: 'succeeded', replans: 1, observed: 6 });
  });

  test('409 for ever is not tried for ever', async () => {
    const on = setting();
    const conflict = { answer: { kind: 'conflict', observed: 7 }, carriesOut: false } as const;
    on.hook.nextAnswers.push(...Array.from({ length: 20 }, () => conflict));
    await on.tick('firing');
    await on.pass(MINUTE);
    expect(on.only().status).toBe('failed');
    expect(on.hook.requested.length).toBeLessThan(6);
  });

  test('a busy hook is asked again, and after not_after it must not begin', async () => {
    const on = setting();
    const busy = {
      answer: { kind: 'busy', after: 30 * SECOND, reason: 'HTTP 503' },
      carriesOut: false,
    } as const;
    on.hook.nextAnswers.push(...Array.from({ length: 100 }, () => busy));
    await on.tick('firing');
    await on.pass(20 * MINUTE);
    const operation = on.only();
    expect(operation).toMatchObject({ status: 'expired' });
    expect(operation.since - operation.proposedAt).toBeLessThanOrEqual(5 * MINUTE + SECOND);
    expect(on.hook.done).toEqual([]);
  });

  test('a restart between request and answer asks first, and never scales twice', async () => {
    const on = setting();
    on.hook.nextAnswers.push({ answer: { kind: 'no_answer', reason: 'x' }, carriesOut: true });
    await on.tick('firing');
    const sent = { ...on.only(), status: 'dispatched', due: null } as const;
    on.state.operations.put([sent]);
    on.restart();
    expect(on.only().status).toBe('unknown');
    await on.pass(5 * SECOND);
    await on.tick('firing');
    expect(on.only().status).toBe('succeeded');
    expect(on.hook.done).toHaveLength(1);
  });

  test('a clock that is set forward while the hook works: it is given up, and nothing is done twice', async () => {
    const on = setting();
    on.hook.nextAnswers.push({ answer: { kind: 'accepted', pollAfter: SECOND }, carriesOut: true });
    await on.tick('firing');
    on.clock.now += 60 * MINUTE;
    await on.pass(SECOND);
    expect(on.only().status).toBe('escalated');
    await on.tick('firing');
    expect(on.hook.done).toEqual([on.only().id]);
  });

  test('a clock that is set back does not end a cooldown, and does not keep it for ever', async () => {
    const on = setting([scaling({ cooldown: 10 * MINUTE })]);
    await on.tick('firing');
    on.clock.now -= 5 * MINUTE;
    await on.tick('firing');
    expect(on.hook.done).toHaveLength(1);
    await on.pass(16 * MINUTE);
    await on.tick('firing');
    expect(on.hook.done).toHaveLength(2);
  });

  test('a rule in shadow asks nobody, and says what it would have done', async () => {
    const on = setting([rule({ mode: 'shadow' })]);
    await on.tick('firing');
    expect(on.only()).toMatchObject({ mode: 'shadow', status: 'succeeded', order: { desired: 3 } });
    expect(on.hook.requested).toEqual([]);
  });
});

describe('guards', () => {
  test('two rules with one target: the second waits for the cooldown of the first', async () => {
    const on = setting([scaling(), scaling({}, 'traffic')]);
    await on.tick('firing');
    await on.tick('firing', { rule: 'traffic' });
    expect(on.all().map(({ rule, status }) => [rule, status])).toEqual([
      ['slow', 'succeeded'],
      ['traffic', 'blocked'],
    ]);
    expect(failedGuards(on.all()[1]!)).toEqual(['cooldown']);
    expect(on.hook.counts.get('checkout')).toBe(3);
  });

  test('one at a time on a target, also while the first is being verified', async () => {
    const on = setting([scaling({ cooldown: 0, verify: VERIFY }), scaling({ cooldown: 0 }, 'traffic')]);
    await on.tick('firing');
    await on.tick('firing', { rule: 'traffic' });
    expect(failedGuards(on.all()[1]!)).toEqual(['one_at_a_time']);
  });

  test('rules that pull to and fro are held by the cooldown', async () => {
    const on = setting([scaling(), scaling({ desired: { step: -1 } }, 'idle')], { checkout: 5 });
    for (let i = 0; i < 20; i++) {
      await on.tick('firing');
      await on.tick('firing', { rule: 'idle' });
      await on.pass(MINUTE);
    }
    expect(on.hook.done.length).toBeLessThanOrEqual(3);
  });

  test('the rate limit of a rule', async () => {
    const on = setting([scaling({ cooldown: MINUTE, rateLimit: { max: 2, per: 60 * MINUTE } })]);
    for (let i = 0; i < 5; i++) {
      await on.tick('firing');
      await on.pass(2 * MINUTE);
    }
    expect(on.hook.counts.get('checkout')).toBe(4);
    expect(failedGuards(on.all()[2]!)).toEqual(['rate_limit']);
  });

  test.each([
    ['bounds of the rule', { bounds: { min: 1, max: 2 } }, {}],
    ['bounds of the hook', {}, { min: 1, max: 2 }],
  ])('%s end it before anything is sent', async (_, changes, limits) => {
    const on = setting([scaling(changes)]);
    Object.assign(on.hook.limits, limits);
    await on.tick('firing');
    expect(failedGuards(on.only())).toEqual(['nothing_to_do']);
    expect(on.hook.requested).toEqual([]);
  });

  test('an unknown metric never scales down, and does not hold a rule that scales up', async () => {
    const down = setting([scaling({ desired: { step: -1 } })], { checkout: 5 });
    await down.tick('firing', { unknown: true });
    expect(failedGuards(down.only())).toEqual(['unknown_signal']);
    const up = setting();
    await up.tick('firing', { unknown: true });
    expect(up.only().status).toBe('succeeded');
  });

  test('a hook that cannot say how many there are is not sent a guess', async () => {
    const on = setting();
    on.hook.isBlind = true;
    await on.tick('firing');
    expect(failedGuards(on.only())).toEqual(['bounds']);
  });

  test('a silence, flapping, and a hook that is not configured', async () => {
    const silenced = setting();
    silenced.silences.push({
      id: 's',
      match: [{ key: 'service', op: '=', values: ['a'] }],
      from: 0,
      to: 9e15,
      by: 'Ana',
      comment: 'Ana is at it',
    });
    await silenced.tick('firing', { labels: { service: 'a' } });
    expect(silenced.only()).toMatchObject({ status: 'blocked', reason: 'Ana is at it' });
    const flapping = setting();
    await flapping.tick('firing', { flapping: true });
    expect(failedGuards(flapping.only())).toEqual(['flapping']);
    const missing = setting([scaling({ hook: 'nobody' })]);
    await missing.tick('firing');
    expect(missing.only()).toMatchObject({ status: 'blocked', reason: 'There is no hook nobody.' });
  });

  test('the kill switch stops what has not left, by API and by file', async () => {
    const on = setting([scaling({ cooldown: 0 })]);
    const busy = { answer: { kind: 'busy', after: 2 * SECOND, reason: '' }, carriesOut: false } as const;
    on.hook.nextAnswers.push(busy);
    await on.tick('firing');
    expect(on.only().status).toBe('dispatched');
    on.actions.setKillSwitch('Ana stops everything');
    await on.pass(3 * SECOND);
    expect(on.only()).toMatchObject({ status: 'blocked', reason: 'Ana stops everything' });
    on.actions.setKillSwitch('');
    on.killFile.reason = 'the file says stop';
    await on.pass(2 * MINUTE);
    await on.tick('firing');
    expect(failedGuards(on.only())).toEqual(['kill_switch']);
    expect(on.hook.done).toEqual([]);
  });

  test('not more targets at once than the blast radius', async () => {
    const targets = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const on = setting(
      targets.map((target) => scaling({ target, verify: VERIFY }, target)),
      Object.fromEntries(targets.map((target) => [target, 2])),
    );
    for (const name of targets) await on.tick('firing', { rule: name });
    expect(on.hook.done).toHaveLength(5);
    const blocked = on.all().filter(({ status }) => status === 'blocked');
    expect(blocked.map(failedGuards)).toEqual([['blast_radius'], ['blast_radius']]);
  });

  test('what stays at its bounds is one line of the ledger and one of the timeline, however long it fires', async () => {
    const on = setting([scaling({ bounds: { min: 1, max: 2 }, cooldown: 0 })]);
    for (let i = 0; i < 30; i++) {
      await on.tick('firing');
      await on.pass(MINUTE);
    }
    expect(on.only()).toMatchObject({ status: 'blocked', count: 1, proposedAt: on.only().began });
    expect(failedGuards(on.only())).toEqual(['nothing_to_do']);
    expect(on.said()).toHaveLength(1);
    on.rules[0] = scaling({ bounds: { min: 1, max: 9 }, cooldown: 0 });
    await on.tick('firing');
    expect(on.only(), 'under the same id').toMatchObject({ status: 'succeeded', count: 1 });
    expect(on.hook.done).toEqual([on.only().id]);
  });

  test('what was held is done within a minute of when it may, and not after its own cooldown', async () => {
    const on = setting([scaling({ cooldown: 60 * MINUTE })]);
    on.actions.setKillSwitch('Ana stops everything');
    await on.tick('firing');
    on.actions.setKillSwitch('');
    await on.pass(MINUTE);
    await on.tick('firing');
    expect(on.only().status).toBe('succeeded');
  });

  test('bounds that change under way count when it is sent', async () => {
    const on = setting([scaling({ approval: { desiredGt: null, ttl: 30 * MINUTE, role: 'operator' } })]);
    await on.tick('firing');
    on.rules[0] = scaling({ bounds: { min: 1, max: 2 } });
    on.actions.decide(on.only().id, { by: 'Ana', role: 'operator', approved: true, comment: '' });
    await on.pass(SECOND);
    expect(failedGuards(on.only())).toEqual(['nothing_to_do']);
    expect(on.hook.requested).toEqual([]);
  });
});

describe('approval', () => {
  const approval = { desiredGt: 2, ttl: 30 * MINUTE, role: 'admin' as const };
  const decision = { by: 'Ana', role: 'admin' as const, approved: true, comment: 'go' };

  test('nothing is sent before somebody with the role agrees', async () => {
    const on = setting([scaling({ approval })]);
    await on.tick('firing');
    await on.pass(5 * MINUTE);
    expect(on.only().status).toBe('awaiting_approval');
    expect(() => on.actions.decide(on.only().id, { ...decision, role: 'operator' })).toThrow('Only an admin');
    on.actions.decide(on.only().id, decision);
    await on.pass(SECOND);
    expect(on.only()).toMatchObject({ status: 'succeeded', approval: { decision: { by: 'Ana' } } });
  });

  test('twice, too late, and of what is not there', async () => {
    const on = setting([scaling({ approval })]);
    await on.tick('firing');
    const { id } = on.only();
    on.actions.decide(id, { ...decision, approved: false, comment: 'not today' });
    expect(() => on.actions.decide(id, decision)).toThrow('it is rejected');
    expect(() => on.actions.decide('nothing', decision)).toThrow('no operation');
    const late = setting([scaling({ approval })]);
    await late.tick('firing');
    await late.pass(30 * MINUTE);
    expect(() => late.actions.decide(late.only().id, decision)).toThrow('it is expired');
    expect(late.hook.requested).toEqual([]);
  });

  test('below the number it is asked for, it goes by itself', async () => {
    const on = setting([scaling({ approval: { ...approval, desiredGt: 3 } })]);
    await on.tick('firing');
    expect(on.only()).toMatchObject({ status: 'succeeded', approval: null });
  });
});
