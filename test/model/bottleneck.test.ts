/** Whether it is a bottleneck, by its definition. */
import { describe, expect, test } from 'vitest';
import { bottleneckOf, pathShares } from '../../model/bottleneck.ts';
import { span } from '../dashboard/spans.ts';

const SHARES = [
  { service: 'db', share: 0.6, selfMs: 60 },
  { service: 'web', share: 0.4, selfMs: 40 },
];
const resource = (owner: string, used: number, pending = 0) => ({
  id: `pool|${owner}|`,
  owner,
  used,
  saturation: { value: pending, pending: true },
});

test('a share is self time on the critical path over all traces', () => {
  // web 0–100 waits for db 20–80 and, beside it, for cache 30–50, which is not on the path.
  const trace = [
    span('a', '', 0, 100, { service: 'web' }),
    span('b', 'a', 20, 60, { service: 'db' }),
    span('c', 'a', 30, 20, { service: 'cache' }),
  ];
  expect(pathShares([trace, trace])).toEqual([
    { service: 'db', share: 0.6, selfMs: 60 },
    { service: 'web', share: 0.4, selfMs: 40 },
  ]);
  expect(pathShares([])).toEqual([]);
});

describe('where most of the time goes is a bottleneck', () => {
  test.each([
    ['when a resource of it is used to 80 %', [resource('db', 0.8)], [], { kind: 'use', used: 0.8 }],
    ['when something waits for it', [resource('db', 0.5, 3)], [], { kind: 'pending', pending: 3 }],
    [
      'when it got slower by half',
      [],
      [{ service: 'db', share: 0.5, selfMs: 40 }],
      { kind: 'self-time', before: 40 },
    ],
  ])('%s', (_, resources, before, because) =>
    expect(bottleneckOf(40, SHARES, before, resources)).toMatchObject({ service: 'db', because }),
  );
});

describe('it is none', () => {
  test('when nothing of it is full', () => {
    const past = [{ service: 'db', share: 0.6, selfMs: 41 }];
    expect(bottleneckOf(40, SHARES, past, [resource('db', 0.79), resource('web', 1)])?.because).toBeNull();
  });
  test('with less than 40 % of the path', () => {
    const spread = [{ service: 'db', share: 0.39, selfMs: 60 }];
    expect(bottleneckOf(40, spread, [], [resource('db', 1)])?.because).toBeNull();
  });
  test('of too few slow traces to say anything', () => {
    expect(bottleneckOf(4, SHARES, [], [resource('db', 1)])).toBeNull();
    expect(bottleneckOf(40, [], [], [])).toBeNull();
  });
});
