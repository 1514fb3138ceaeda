CREATE TABLE flags (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE instances (
  rule TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (rule, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  rule TEXT NOT NULL,
  status TEXT NOT NULL,
  severity TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  resolved_at INTEGER,
  reopen_until INTEGER NOT NULL,
  incident TEXT NOT NULL,
  evidence TEXT,
  -- 1 until series, traces and logs have been collected, too.
  evidence_pending INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX incidents_by_status ON incidents (status, number);
CREATE INDEX incidents_by_rule ON incidents (rule, number);
CREATE INDEX incidents_without_evidence ON incidents (number) WHERE evidence_pending = 1;

CREATE TABLE timeline (
  id INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incidents,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  who TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_by_incident ON timeline (incident, id);

-- A message that is to reach a receiver. It may grow until its first attempt; after that its content never changes.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  receiver TEXT NOT NULL,
  grp TEXT NOT NULL,
  -- JSON array of numbers: messages to one receiver about one incident go out in the order of seq.
  incidents TEXT NOT NULL,
  kind TEXT NOT NULL,
  content TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
  created_at INTEGER NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  first_attempt_at INTEGER,
  settled_at INTEGER,
  error TEXT NOT NULL DEFAULT '',
  -- JSON array: receivers that had it before, so that fallbacks do not go round in a circle.
  passed_on_by TEXT NOT NULL DEFAULT '[]',
  -- 1 when the fallback has it too.
  passed_on INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_waiting ON outbox (receiver, seq) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead';
CREATE INDEX outbox_settled ON outbox (state, settled_at);
CREATE INDEX outbox_by_group ON outbox (receiver, grp, created_at);

CREATE TABLE silences (
  id TEXT PRIMARY KEY,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  silence TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX silences_by_end ON silences (ends_at);
