/** What a checks file may say. One strict object for each kind, so that a mistake is named where it stands. */
import { isIP } from 'node:net';
import { type RefinementCtx, z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import { type CheckKind, LEAST_EVERY, RECORD_TYPES } from './check.ts';
import { type Pattern, patternOf } from './pattern.ts';
import { wrongReference } from './secrets.ts';

const DAY = '1d';
const MAX_TEXT = 2_000;
const MAX_BODY = 100_000;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** Written by us for every request. */
const OWN_HEADERS = /^(?:host|content-length|connection|transfer-encoding|upgrade|traceparent|tracestate)$/i;

/** Names show up in URLs, tables and terminals. */
const name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}]+$/u, 'control characters are not for names');

const duration = (least: string, most: string) =>
  z.string('expected a duration like 10s').transform((text, context) =>
    attempt(context, () => {
      const ms = parseDuration(text);
      if (ms >= parseDuration(least) && ms <= parseDuration(most)) return ms;
      throw new Error(`"${text}" is not between ${least} and ${most}`);
    }),
  );

const pattern = (plain: 'contains' | 'equals') =>
  z
    .string()
    .min(1)
    .max(MAX_TEXT)
    .transform((text, context): Pattern => attempt(context, () => patternOf(text, plain)));

/** One or several. */
const several = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(item).max(20));

const scalar = z.preprocess(
  (given) => (given === null || ['number', 'boolean'].includes(typeof given) ? { value: given } : given),
  z.union(
    [
      pattern('equals'),
      z.strictObject({ value: z.any() }).transform(({ value }): Pattern => ({ kind: 'equals', value })),
    ],
    'expected a text, a number, true, false or null',
  ),
);

/** Text that may hold references to secrets. */
const revealable = (most: number) =>
  z
    .string()
    .max(most)
    .superRefine((text, context) => {
      const wrong = wrongReference(text);
      if (wrong !== undefined)
        context.addIssue(`${wrong} is no reference to a secret; write \${env:NAME} or \${file:PATH}`);
    });

const url = revealable(MAX_TEXT).superRefine((text, context) => {
  const shape = text.replace(/\$\{[^{}]*\}/g, 'x');
  if (!URL.canParse(shape))
    return context.addIssue(`"${text}" is not a URL like https://shop.example/health`);
  const { protocol, username, password } = new URL(shape);
  if (!/^https?:$/.test(protocol))
    context.addIssue(`"${text}" is not http or https; other targets are not looked at`);
  if (username !== '' || password !== '')
    context.addIssue('credentials in a URL end in logs; use headers with a reference to a secret');
});

const status = z
  .union([z.number().int(), z.string()], 'expected 200, 2xx or 200-299')
  .transform((given, context) => {
    const text = String(given);
    const range = /^([1-5])xx$/.test(text) ? `${text[0]}00-${text[0]}99` : text;
    const [, least, most] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(range) ?? [];
    if (least !== undefined) return [Number(least), Number(most ?? least)] as const;
    context.addIssue(`"${text}" is not a status like 200, 2xx or 200-299`);
    return z.NEVER;
  });

const endpoint = z.string().transform((text, context) => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  if (host !== '' && Number(port) > 0 && Number(port) < 65_536) return { host, port: Number(port) };
  context.addIssue(`"${text}" is not host:port`);
  return z.NEVER;
});

const host = z
  .string()
  .max(253)
  .regex(/^[^\s:/]+$/, 'expected a host name like shop.example');

const server = z.string().refine((text) => {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([\d.]+)):\d{1,5}$/.exec(text) ?? [];
  return isIP(bracketed ?? plain ?? text) !== 0;
}, 'expected the address of a server like 192.0.2.53 or 192.0.2.53:5353');

const headerNames = (headers: Record<string, unknown>, context: RefinementCtx) => {
  for (const header of Object.keys(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(header)) context.addIssue(`"${header}" is not the name of a header`);
    if (OWN_HEADERS.test(header))
      context.addIssue(`"${header}" is set for every request and cannot be given`);
  }
};

const common = {
  name,
  every: duration(LEAST_EVERY, DAY).prefault('1m'),
  timeout: duration('100ms', '1m').prefault('10s'),
  threshold: duration('1ms', '1m').optional(),
  tags: z.record(z.string().max(100), z.string().max(200)).default({}),
  locations: z.array(name).max(50).default([]),
};
const certificate = duration(DAY, '400d');

/** The schema of each kind; the key that names the target is also the kind's name. */
export const CHECKS = {
  http: z.strictObject({
    ...common,
    http: url,
    method: z.enum(METHODS).default('GET'),
    headers: z.record(z.string().max(100), revealable(MAX_BODY)).superRefine(headerNames).default({}),
    body: revealable(MAX_BODY).default(''),
    redirects: z.number().int().min(0).max(10).default(5),
    verify: z.boolean().default(true),
    expect: z
      .strictObject({
        status: several(status).prefault('2xx'),
        headers: z.record(z.string().max(100), pattern('contains')).default({}),
        body: several(pattern('contains')).prefault([]),
        json: z.record(z.string().max(200), scalar).default({}),
        certificate: certificate.optional(),
      })
      .prefault({}),
  }),
  tcp: z.strictObject({
    ...common,
    tcp: endpoint,
    send: revealable(MAX_TEXT).default(''),
    expect: z.strictObject({ banner: pattern('contains').optional() }).default({}),
  }),
  dns: z.strictObject({
    ...common,
    dns: host,
    type: z.enum(RECORD_TYPES).default('A'),
    server: server.default(''),
    expect: z.strictObject({ answers: several(pattern('equals')).prefault([]) }).prefault({}),
  }),
  tls: z.strictObject({
    ...common,
    tls: endpoint,
    servername: host.optional(),
    verify: z.boolean().default(true),
    expect: z.strictObject({ certificate: certificate.prefault('14d') }).prefault({}),
  }),
} satisfies Record<CheckKind, z.ZodType>;

function attempt<Value>(context: RefinementCtx, work: () => Value): Value {
  try {
    return work();
  } catch (thrown) {
    context.addIssue(messageOf(thrown));
    return z.NEVER as Value;
  }
}
