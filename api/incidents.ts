import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { Silence } from '../model/rule.ts';
import type { SilenceView } from '../model/rules-view.ts';
import { actBody, commentBody, incidentSilenceBody, matchersOf, silenceBody } from './bodies.ts';
import type { Desk } from './desk.ts';
import { identityOf } from './identity.ts';
import { jsonBody } from './same-origin.ts';

const listParameters = z.object({
  status: z.enum(['open', 'triggered', 'acknowledged', 'escalated', 'resolved']).optional(),
  rule: z.string().max(200).optional(),
  severity: z.string().max(100).optional(),
  q: z.string().max(200).optional(),
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const MOST_DEAD_LETTERS = 200;

/** Incidents, silences, receivers. What changes something answers with what it became. */
export function incidentRoutes(desk: Desk, clock: Clock) {
  return new Hono()
    .get('/incidents', (c) => {
      const { q, ...filter } = listParameters.parse(c.req.query());
      return c.json(desk.incidents.list({ ...filter, text: q }));
    })
    .get('/incidents/:number', async (c) => c.json(await incident(desk, c.req.param('number'))))
    .post('/incidents/:number/acknowledge', async (c) => {
      const number = numberOf(c.req.param('number'));
      const { by, comment } = await jsonBody(c, actBody);
      desk.incidents.acknowledge(number, identityOf(c, by).by, comment);
      return c.json(await incident(desk, number));
    })
    .post('/incidents/:number/resolve', async (c) => {
      const number = numberOf(c.req.param('number'));
      const { by, comment } = await jsonBody(c, actBody);
      desk.incidents.resolve(number, identityOf(c, by).by, comment);
      return c.json(await incident(desk, number));
    })
    .post('/incidents/:number/comment', async (c) => {
      const number = numberOf(c.req.param('number'));
      const { by, text } = await jsonBody(c, commentBody);
      desk.incidents.comment(number, identityOf(c, by).by, text);
      return c.json(await incident(desk, number));
    })
    .post('/incidents/:number/silence', async (c) => {
      const { incident: about } = await incident(desk, c.req.param('number'));
      const body = await silenceRequest(c, incidentSilenceBody);
      const match = matchersOf(about.rule, about.group);
      const silence = newSilence({ ...body, match }, clock.now());
      desk.silences.put(silence);
      desk.incidents.silenced(about.number, silence);
      return c.json(viewOf(silence, clock.now(), false), 201);
    })
    .get('/silences', (c) => {
      const now = clock.now();
      const files = desk.set().silences.map((silence) => viewOf(silence, now, true));
      const made = desk.silences
        .list(now, { ended: c.req.query('ended') === 'true' })
        .map((silence) => viewOf(silence, now, false));
      return c.json({ silences: [...files, ...made] });
    })
    .post('/silences', async (c) => {
      const silence = newSilence(await silenceRequest(c, silenceBody), clock.now());
      desk.silences.put(silence);
      return c.json(viewOf(silence, clock.now(), false), 201);
    })
    .put('/silences/:id', async (c) => {
      const { id } = silenceOf(desk, c.req.param('id'));
      const silence = { ...newSilence(await silenceRequest(c, silenceBody), clock.now()), id };
      desk.silences.put(silence);
      return c.json(viewOf(silence, clock.now(), false));
    })
    .delete('/silences/:id', (c) => {
      const now = clock.now();
      const silence = silenceOf(desk, c.req.param('id'));
      // Ended and not removed: what it held back stays explained.
      const ended = { ...silence, to: Math.min(silence.to, now) };
      desk.silences.put(ended);
      return c.json(viewOf(ended, now, false));
    })
    .get('/receivers', (c) => c.json({ receivers: desk.notifications.health() }))
    .post('/receivers/:name/test', async (c) => c.json(await desk.notifications.test(c.req.param('name'))))
    .get('/dead-letters', (c) => c.json({ deadLetters: desk.notifications.deadLetters(MOST_DEAD_LETTERS) }))
    .post('/dead-letters/:id/redeliver', (c) => {
      desk.notifications.redeliver(c.req.param('id'));
      return c.json({ ok: true });
    });
}

function numberOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Problem('invalid_parameter', 'An incident has a number, like 412');
  return Number(text);
}

async function incident(desk: Desk, given: string | number) {
  const number = typeof given === 'number' ? given : numberOf(given);
  const view = await desk.incidents.get(number);
  if (view === null) throw new Problem('not_found', `There is no incident #${number}`);
  return view;
}

function silenceOf(desk: Desk, id: string): Silence {
  const silence = desk.silences.get(id);
  if (silence) return silence;
  const isInFile = desk.set().silences.some((one) => one.id === id);
  throw new Problem(
    isInFile ? 'conflict' : 'not_found',
    isInFile ? `Silence ${id} is in a file; change it there` : `There is no silence ${id.slice(0, 100)}`,
  );
}

interface SilenceRequest {
  match: Silence['match'];
  from?: number | undefined;
  to?: number | undefined;
  for?: number | undefined;
  by: string;
  comment: string;
}

/** The body, in the name of who asks. */
async function silenceRequest<Schema extends z.ZodType<{ by: string }>>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const body = await jsonBody(c, schema);
  return { ...body, by: identityOf(c, body.by).by };
}

function newSilence(
  { match, from = -1, to, for: length, by, comment }: SilenceRequest,
  now: number,
): Silence {
  const start = from < 0 ? now : from;
  const end = to ?? start + (length ?? 0);
  if (end <= start || end <= now)
    throw new Problem('invalid_parameter', 'to: the silence would end before it begins');
  return { id: `sil_${randomBytes(6).toString('hex')}`, match, from: start, to: end, by, comment };
}

function viewOf(silence: Silence, now: number, inFile: boolean): SilenceView {
  const status = silence.to <= now ? 'ended' : silence.from > now ? 'pending' : 'active';
  return { ...silence, inFile, status };
}
