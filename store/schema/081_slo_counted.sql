-- Which definitions have been counted back to when, so that a counting of the past that was interrupted is done again;
-- and, without a name, up to when (Version: unix ms) arrivals have been counted.
CREATE TABLE IF NOT EXISTS slo_counted (
  Slo String,
  Definition String,
  Since DateTime,
  Version UInt64
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY (Slo, Definition)
SETTINGS {{durable}}
