-- What each segment (by its deduplication token) has put into its base table: the drain compares it with the count of
-- the wire walk, because the engine does not report written rows and can insert nothing without an error.
CREATE TABLE IF NOT EXISTS ingest_log (
  Token String,
  Target LowCardinality(String),
  Rows UInt64,
  At DateTime DEFAULT now()
)
ENGINE = MergeTree
ORDER BY Token
TTL At + INTERVAL 3 DAY
SETTINGS {{durable}}
