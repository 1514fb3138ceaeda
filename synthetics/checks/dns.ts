import { promises } from 'node:dns';
import type { DnsCheck } from './check.ts';
import { Failed } from './failures.ts';
import { isLike, patternText } from './pattern.ts';
import { Exchange, type Probing } from './probing.ts';

/** The server's word that there is nothing: an answer. Everything else is a failure to answer. */
const NOTHING_THERE = new Set(['ENOTFOUND', 'ENODATA']);

/** Asks for the records of a name, and holds the answers against those that are expected. @throws Failed */
export async function lookUp(check: DnsCheck, probing: Probing): Promise<void> {
  const server = check.server === '' ? 'the resolver of this machine' : check.server;
  const exchange = new Exchange(probing, 'DNS', `dns://${check.server}/${check.host}?type=${check.type}`);
  const resolver = new promises.Resolver({ timeout: probing.order.timeoutMs, tries: 1 });
  if (check.server !== '') {
    exchange.addresses.admit(check.server.replace(/^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/, '$1$2'));
    resolver.setServers([check.server]);
  }
  const asked = resolver.resolve(check.host, check.type).then(
    (records) => [records].flat().map(textOf),
    (error: NodeJS.ErrnoException) => {
      if (NOTHING_THERE.has(error.code ?? ''))
        throw new Failed('assertion', `there is no ${check.type} record of ${check.host}`);
      // Our own resolver says nothing about anybody else.
      throw new Failed(check.server === '' ? 'probe' : 'target', `${server} does not answer (${error.code})`);
    },
  );
  const answers = await exchange.within(asked, () => resolver.cancel());
  exchange.ended('dns', 'answer');
  const missing = check.answers.filter((pattern) => !answers.some((answer) => isLike(pattern, answer)));
  if (missing.length > 0)
    throw new Failed(
      'assertion',
      `${check.type} of ${check.host} is ${answers.join(', ').slice(0, 200)}, without ${missing.map(patternText).join(', ')}`,
    );
}

/** A record as its zone file has it: an address, `10 mail.example`, `0 5 443 shop.example`. */
function textOf(record: unknown): string {
  if (typeof record === 'string') return record;
  // A TXT record comes in pieces of 255 bytes.
  if (Array.isArray(record)) return record.join('');
  const { priority, exchange, weight, port, name, ...rest } = record as Record<string, unknown>;
  if (exchange !== undefined) return `${priority} ${exchange}`;
  if (weight !== undefined) return `${priority} ${weight} ${port} ${name}`;
  return Object.values(rest).join(' ');
}
