-- Up to when (Version: unix ms) arrivals have been counted for each definition, and, without a name, for any at all. Written
-- after all else: a counting that was interrupted is done again, and a promise that lags behind is counted over its past.
CREATE TABLE IF NOT EXISTS slo_counted (
  Slo String,
  Definition String,
  Version UInt64
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY (Slo, Definition)
SETTINGS {{durable}}
