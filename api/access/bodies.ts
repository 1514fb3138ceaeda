/** What the bodies of requests about people and tokens may say. */
import { z } from 'zod';
import { ROLES, SCOPES } from '../../model/access.ts';

const SHORTEST_PASSWORD = 12;

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'has control characters');
/** Long rather than odd (NIST SP 800-63B); bounded, because each is hashed. */
const newPassword = z
  .string()
  .min(SHORTEST_PASSWORD, `has fewer than ${SHORTEST_PASSWORD} characters`)
  .max(256);
const password = z.string().max(1_000);
const link = z.string().max(100);

export const logInBody = z.strictObject({ name: z.string().max(200), password });
export const passwordBody = z.strictObject({ current: password, next: newPassword });
export const lookBody = z.strictObject({ link });
/** `name` is only asked for where the link has none. */
export const joinBody = z.strictObject({ link, name: name.default('admin'), password: newPassword });
export const userBody = z.strictObject({ name, role: z.enum(ROLES) });
export const roleBody = z.strictObject({ role: z.enum(ROLES) });
export const tokenBody = z.strictObject({ name, scope: z.enum(SCOPES) });
export const auditParameters = z.object({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
