/** What a check is after its file was read: everything has its value, nothing is left to be looked up but secrets. */
import type { ProbeKind } from '../../model/probe.ts';
import type { Pattern } from './pattern.ts';

/** A day and less than a day are both legal; a probe that asks more often than this is a load test. */
export const LEAST_EVERY = '5s';

interface Common {
  name: string;
  /** Path of the file it stands in. */
  file: string;
  /** Short hash of its definition. */
  definition: string;
  /** Milliseconds. */
  every: number;
  timeout: number;
  /** What a run may take, milliseconds; null: nothing is promised. */
  threshold: number | null;
  tags: Record<string, string>;
  /** Empty: every location. */
  locations: readonly string[];
}

export interface HttpCheck extends Common {
  kind: 'http';
  /** May hold references to secrets, as headers and body may. */
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string;
  /** Redirects that are followed; 0: the redirect itself is the answer. */
  redirects: number;
  /** False: any certificate will do. */
  verify: boolean;
  expect: HttpExpectation;
}

export interface HttpExpectation {
  /** Inclusive. */
  status: readonly (readonly [least: number, most: number])[];
  headers: Record<string, Pattern>;
  body: readonly Pattern[];
  /** By path: `status`, `items[0].price`. */
  json: Record<string, Pattern>;
  /** Milliseconds the certificate must be valid for; null: whatever is left. */
  certificate: number | null;
}

export interface TcpCheck extends Common {
  kind: 'tcp';
  host: string;
  port: number;
  /** Sent once the connection is there; '' sends nothing. */
  send: string;
  banner: Pattern | null;
}

export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

export interface DnsCheck extends Common {
  kind: 'dns';
  host: string;
  type: RecordType;
  /** `ip` or `ip:port` of the server that is asked; '' asks the system's. */
  server: string;
  /** Each must be among the answers. */
  answers: readonly Pattern[];
}

export interface TlsCheck extends Common {
  kind: 'tls';
  host: string;
  port: number;
  /** The name in the certificate. */
  servername: string;
  verify: boolean;
  /** Milliseconds the certificate must be valid for. */
  certificate: number;
}

export type Check = HttpCheck | TcpCheck | DnsCheck | TlsCheck;
export type CheckKind = Exclude<ProbeKind, 'journey'>;
