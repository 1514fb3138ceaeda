import type { Product } from '../../bench/harness/product.ts';
import { SCOPES } from '../../model/access.ts';
import type { Caller } from './table.ts';

/** How each caller shows who it is, and the numbers of the tokens. */
export type Entered = Record<Caller, { headers: Record<string, string> }> & {
  tokens: Partial<Record<Caller, number>>;
};

/** Comes in as a team would: the link of the terminal, invitations by it, tokens by name. @throws Error where that fails */
export async function enter(product: Product): Promise<Entered> {
  const link = /\/join#(lwl_[\w-]+)/.exec(product.output())?.[1];
  if (link === undefined) throw new Error(`There is no link for the administrator in:\n${product.output()}`);
  const admin = await join(product, { link, name: 'ada' });
  const tokens: Entered['tokens'] = {};
  const entered = { nobody: { headers: {} }, admin: { headers: admin }, tokens } as Entered;
  for (const role of ['viewer', 'operator'] as const) {
    const invited = await post(product, '/api/users', { name: role, role }, admin);
    const { link } = (await invited.json()) as { link: string };
    entered[role] = { headers: await join(product, { link }) };
  }
  for (const scope of SCOPES) {
    const made = await post(product, '/api/tokens', { name: scope, scope }, admin);
    const { token, secret } = (await made.json()) as { token: { id: number }; secret: string };
    entered[`${scope} token`] = { headers: { authorization: `Bearer ${secret}` } };
    tokens[`${scope} token`] = token.id;
  }
  return entered;
}

/** @returns the headers of the session */
async function join(product: Product, body: object): Promise<Record<string, string>> {
  const answer = await post(product, '/api/join', { password: 'twelve letters at least', ...body });
  return { cookie: answer.headers.get('set-cookie')!.split(';')[0]! };
}

async function post({ dashboardUrl }: Product, path: string, body: object, headers: object = {}) {
  const answer = await fetch(`${dashboardUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
