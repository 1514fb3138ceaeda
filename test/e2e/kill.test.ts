import { expect, test } from 'vitest';
import { kill } from '../../drills/kill/kill.ts';

test('SIGKILL to product and engine under load loses nothing acknowledged and stores nothing twice', async () => {
  // The drill with three kills, one of each kind; `npm run drill -- kill` runs more, faster, for longer.
  const { result, broken } = await kill.run({ quick: true, rate: '5000' });
  expect(broken, JSON.stringify(result)).toEqual([]);
  expect(result).toMatchObject({ cycles: 3, lost: 0, duplicated: 0 });
}, 120_000);
