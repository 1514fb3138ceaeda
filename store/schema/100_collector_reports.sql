-- What each process that takes in telemetry tells of its senders and its journal, for the server that shows it when both
-- are processes of their own. The last row of a collector counts; one without a word for an hour is forgotten.
CREATE TABLE IF NOT EXISTS collector_reports (
  Collector String,
  At DateTime64(3),
  Report String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(At)
ORDER BY Collector
TTL toDateTime(At) + INTERVAL 1 HOUR
SETTINGS {{durable}}
