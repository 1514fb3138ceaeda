import { BlockList, isIP } from 'node:net';

/**
 * Networks that are not the public internet (IANA special-purpose registries, RFC 6890), and those that carry an IPv4
 * address inside of an IPv6 one, because what they lead to depends on somebody's translator: 6to4, Teredo, NAT64.
 */
const INNER = {
  ipv4: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  ipv6: [
    '::/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    '3fff::/20',
    '5f00::/16',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ],
} as const;

const inner = new BlockList();
for (const family of ['ipv4', 'ipv6'] as const)
  for (const network of INNER[family]) {
    const [address, bits] = network.split('/') as [string, string];
    inner.addSubnet(address, Number(bits), family);
  }

/** IPv4 addresses, also those written as `::ffff:a.b.c.d`, are held against the IPv4 networks. */
export function isInnerAddress(address: string): boolean {
  const bare = address.split('%')[0]!;
  const family = isIP(bare);
  return family === 0 || inner.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/** Hosts, addresses and networks (`10.0.0.0/8`) that may be reached although they are inner ones. */
export interface Allowance {
  host(name: string): boolean;
  address(address: string): boolean;
}

/** Entries that are neither an address nor a network are names of hosts, matched whole. */
export function allowance(entries: readonly string[]): Allowance {
  const hosts = new Set<string>();
  const networks = new BlockList();
  for (const entry of entries) {
    const [address, bits] = entry.split('/') as [string, string | undefined];
    const family = isIP(address);
    if (family === 0) hosts.add(bareHost(entry));
    else if (bits === undefined) networks.addAddress(address, family === 4 ? 'ipv4' : 'ipv6');
    else networks.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    host: (name) => hosts.has(bareHost(name)),
    address: (address) =>
      isIP(address) !== 0 && networks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'),
  };
}

/** Lower case, without the final dot and the brackets of IPv6. */
export function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '');
}
