import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from '../../bench/harness/command.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress, type Report } from '../../bench/harness/report.ts';
import { withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { type Entered, enter } from './enter.ts';
import { byHand, CALLERS, type Caller, mayPass } from './table.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const REVOKED_WITHIN_MS = 1_000;
/** What may be sent to the OTLP port with which token. */
const DELIVERS: Readonly<Record<'otlp' | 'artifacts', readonly Caller[]>> = {
  otlp: ['ingest token', 'probe token', 'admin token'],
  artifacts: ['probe token', 'admin token'],
};

/** `drill -- access`: every route of a real product with every role and token, held against a table written by hand. */
export const access: Command = {
  summary: 'every route with every role, every token and none, and methods that are not there',
  options: { quick: { type: 'boolean' } },
  help: ['--quick       the same: it takes seconds'],
  run: () =>
    withScratch(async (scratch) => {
      const product = await startProduct({
        dataDir: join(scratch.folder, 'data'),
        args: ['--auth', 'on', '--ingest-token', 'a token of the configuration', '--default-rules', 'off'],
        atEnd: scratch.atEnd,
      });
      const entered = await enter(product);
      progress('a first administrator, two more people, four tokens');
      const holes = [
        ...(await tryRoutes(product, entered)),
        ...(await tryOtherMethods(product, entered)),
        ...(await tryDoors(product, entered)),
        ...(await tryRevoking(product, entered)),
      ];
      if ((await product.stop()) !== 0) holes.push('the product did not stop cleanly on SIGTERM');
      return report(holes);
    }),
};

/** A path that means nothing that is there, so that the answer tells the gate alone. */
const pathOf = (route: string): string =>
  route.split(' ')[1]!.replace(/:\w+/g, '999999').replace('/*', '/settings/users');

async function ask(product: Product, method: string, path: string, { headers }: { headers: object }) {
  const answer = await fetch(`${product.dashboardUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: '{}' }),
    redirect: 'manual',
  });
  const isJson = answer.headers.get('content-type')?.includes('json') && answer.status >= 400;
  const code = isJson ? ((await answer.json()) as { error: { code: string } }).error.code : '';
  if (!isJson) await answer.body?.cancel();
  return { status: answer.status, isRefused: ['unauthenticated', 'forbidden'].includes(code) };
}

async function tryRoutes(product: Product, entered: Entered): Promise<string[]> {
  const holes: string[] = [];
  for (const [route, need] of Object.entries(byHand))
    for (const caller of CALLERS) {
      // It ends the very session it is asked with.
      if (route === 'DELETE /api/session' && caller !== 'nobody') continue;
      // It wants a session beside the role, which no token has.
      if (route === 'POST /api/session/password' && caller.endsWith('token')) continue;
      const method = route.split(' ')[0]!;
      const { status, isRefused } = await ask(product, method, pathOf(route), entered[caller]);
      if (isRefused === mayPass(caller, need)) holes.push(`${caller}: ${route} answered ${status}`);
    }
  return holes;
}

/** What is in no table must not be there: not for an administrator either. */
async function tryOtherMethods(product: Product, entered: Entered): Promise<string[]> {
  const holes: string[] = [];
  const known = new Set(Object.keys(byHand).map((route) => `${route.split(' ')[0]} ${pathOf(route)}`));
  for (const path of new Set(Object.keys(byHand).map(pathOf)))
    for (const method of METHODS)
      for (const caller of ['nobody', 'viewer', 'admin'] as const) {
        if (known.has(`${method} ${path}`) || (method === 'GET' && !path.startsWith('/api/'))) continue;
        const { status } = await ask(product, method, path, entered[caller]);
        if (status < 400) holes.push(`${caller}: ${method} ${path} answered ${status}`);
      }
  return holes;
}

const FILE = Buffer.from('{}');
const FILE_PATH = `/v1/artifacts/${createHash('sha256').update(FILE).digest('hex')}`;

async function deliver({ otlpUrl }: Product, what: keyof typeof DELIVERS, headers: object): Promise<number> {
  const isFile = what === 'artifacts';
  const answer = await fetch(`${otlpUrl}${isFile ? FILE_PATH : '/v1/traces'}`, {
    method: isFile ? 'PUT' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: FILE,
  });
  await answer.body?.cancel();
  return answer.status;
}

async function tryDoors(product: Product, entered: Entered): Promise<string[]> {
  const holes: string[] = [];
  for (const what of ['otlp', 'artifacts'] as const)
    for (const caller of CALLERS) {
      const status = await deliver(product, what, entered[caller].headers);
      if (status < 300 !== DELIVERS[what].includes(caller))
        holes.push(`${caller}: ${what} at the OTLP port answered ${status}`);
    }
  return holes;
}

async function tryRevoking(product: Product, entered: Entered): Promise<string[]> {
  const { tokens } = entered;
  const from = performance.now();
  await ask(product, 'DELETE', `/api/tokens/${tokens['ingest token']}`, entered.admin);
  await ask(product, 'DELETE', `/api/tokens/${tokens['read token']}`, entered.admin);
  const isOut = await waitUntil('revoked tokens are refused', REVOKED_WITHIN_MS, async () => {
    const sent = await deliver(product, 'otlp', entered['ingest token'].headers);
    return sent === 401 && (await ask(product, 'GET', '/api/status', entered['read token'])).status === 401;
  }).then(
    () => true,
    () => false,
  );
  progress(`revoked tokens were refused after ${Math.round(performance.now() - from)} ms`);
  return isOut ? [] : [`a revoked token still works after ${REVOKED_WITHIN_MS} ms`];
}

function report(holes: readonly string[]): Report {
  const routes = Object.keys(byHand).length;
  return {
    title: 'Who may do what',
    rows: [
      ['routes', String(routes)],
      ['roles, tokens and nobody', String(CALLERS.length)],
      ['holes', String(holes.length)],
    ],
    result: { routes, roles: CALLERS.length, holes: holes.length },
    broken: holes,
  };
}
