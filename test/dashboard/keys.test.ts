import { expect, test } from 'vitest';
import { commandOf } from '../../dashboard/src/state/keys.ts';
import { NAV } from '../../dashboard/src/state/routes.ts';

test('g and a letter go to a page; alone neither goes anywhere', () => {
  expect(commandOf('s', 'g')).toEqual({ do: 'go', key: 's' });
  expect(commandOf('g', '')).toBeNull();
  expect(commandOf('s', '')).toBeNull();
  expect(commandOf('/', 'g')).toBeNull();
});

test('every page in the bar has a letter of its own', () => {
  expect(new Set(NAV.map((entry) => entry.key)).size).toBe(NAV.length);
});

test('+ narrows and − widens, with or without shift', () => {
  expect(commandOf('+', '')).toEqual(commandOf('=', ''));
  expect(commandOf('-', '')).toEqual({ do: 'zoom', factor: 2 });
});
