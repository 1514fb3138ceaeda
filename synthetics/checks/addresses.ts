import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { Failed } from './failures.ts';

/**
 * Addresses a probe does not go to unless a setting allows it: link-local ones, where clouds answer with credentials
 * to whoever asks (RFC 3927, RFC 4291), and the IPv6 address AWS does that on. Inner addresses are what probes are for.
 */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6');

export interface Addresses {
  /** As `dns.lookup`, for sockets: every connection asks it, so a name cannot change between check and use. */
  lookup: typeof lookup;
  /** For addresses that need no look-up. @throws Failed */
  admit(host: string): void;
}

/** What names may resolve to. @param resolved called when a name was looked up, with its time in milliseconds */
export function addresses(allowsLinkLocal: boolean, resolved: (ms: number) => void = () => {}): Addresses {
  const admit = (address: string) => {
    const family = isIP(address);
    if (allowsLinkLocal || family === 0 || !LINK_LOCAL.check(address, family === 6 ? 'ipv6' : 'ipv4')) return;
    throw new Failed(
      'probe',
      `${address} is link-local, where clouds hand out credentials; --probe-link-local allow lets probes go there`,
    );
  };
  const guarded = (host: string, options: LookupOptions, answer: LookupAnswer) => {
    const start = performance.now();
    lookup(host, options, (error, address, family) => {
      resolved(performance.now() - start);
      if (error) return answer(error, address as string, family);
      try {
        for (const one of Array.isArray(address) ? (address as LookupAddress[]) : [{ address }])
          admit(one.address as string);
      } catch (refused) {
        return answer(refused as Error, '', 0);
      }
      answer(null, address as string, family);
    });
  };
  return { admit: (host) => admit(host.replace(/^\[|\]$/g, '')), lookup: guarded as typeof lookup };
}

type LookupAnswer = (error: Error | null, address: string | LookupAddress[], family: number) => void;
