-- What each segment (by its deduplication token) has put into its base table: the drain compares it with the count of
-- the wire walk, because the engine does not report written rows and can insert nothing without an error. Minutes are
-- those of event time a segment of spans touched: how the edges job knows what to read again, however late. Here and not in
-- a table of its own, because each table costs every insert a part.
CREATE TABLE IF NOT EXISTS ingest_log (
  Token String,
  Target LowCardinality(String),
  Rows UInt64,
  At DateTime DEFAULT now(),
  Minutes Array(DateTime)
)
ENGINE = MergeTree
ORDER BY Token
TTL At + INTERVAL 3 DAY
SETTINGS {{durable}}
