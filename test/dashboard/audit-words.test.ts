import { expect, test } from 'vitest';
import { PERMISSIONS } from '../../api/permissions.ts';
import { auditWords } from '../../dashboard/src/state/audit-words.ts';

test('everything that changes something has words in the audit log', () => {
  const routes = Object.keys(PERMISSIONS).filter((route) => !/^GET |join\/look$/.test(route));
  expect(routes.filter((route) => auditWords(route).includes('/'))).toEqual([]);
});
