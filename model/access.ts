/** Who may come in, and what was done by whom. Times in unix ms. */
import type { Role } from './operation.ts';

/** Least first: each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];

/** `ingest` sends OTLP; `probe` artefacts as well; `read` reads the API; `admin` may do everything. */
export const SCOPES = ['ingest', 'probe', 'read', 'admin'] as const;
export type TokenScope = (typeof SCOPES)[number];

export interface User {
  id: number;
  name: string;
  role: Role;
  createdAt: number;
  lastLoginAt: number | null;
  /** The link was not used yet: there is no password. */
  invited: boolean;
}

export interface Token {
  id: number;
  name: string;
  scope: TokenScope;
  createdAt: number;
  createdBy: string;
  /** To a minute. */
  lastUsedAt: number | null;
}

/** One thing that somebody did or was refused. */
export interface AuditEntry {
  id: number;
  at: number;
  who: string;
  role: string;
  /** Where it came from. */
  address: string;
  /** The route, as it is declared: `POST /api/incidents/:number/resolve`. */
  action: string;
  /** What it was about: the path as it was asked for, and a name where one belongs to it. */
  target: string;
  /** HTTP status of the answer. */
  status: number;
}

/** A page of the audit log, newest first. */
export interface AuditView {
  entries: AuditEntry[];
  /** Give it as `before` for the next page; null on the last. */
  next: number | null;
}

/** Who is logged in. With `auth` off everybody on this machine may do everything. */
export interface SessionView {
  auth: 'on' | 'off';
  user: { name: string; role: Role } | null;
}

/** What a one-time link leads to; `name` null: its holder chooses one. */
export interface Invitation {
  name: string | null;
  role: Role;
}
