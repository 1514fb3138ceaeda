-- What was done about incidents. `operation` is the whole of it; the columns are what is asked by.
CREATE TABLE operations (
  id TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  action INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  episode INTEGER NOT NULL,
  incident INTEGER,
  hook TEXT NOT NULL,
  target TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  dispatched_at INTEGER,
  finished_at INTEGER,
  -- 1 while anything about it can still change.
  live INTEGER NOT NULL,
  operation TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX operations_live ON operations (id) WHERE live = 1;
CREATE INDEX operations_by_instance ON operations (rule, fingerprint, episode, action);
CREATE INDEX operations_by_target ON operations (hook, target);
CREATE INDEX operations_by_time ON operations (proposed_at);
CREATE INDEX operations_by_incident ON operations (incident) WHERE incident IS NOT NULL;
