-- Days that the disk budget has dropped, written before each drop, so that pages can say why there is nothing.
CREATE TABLE IF NOT EXISTS dropped_partitions (
  Day Date,
  Target LowCardinality(String),
  Bytes UInt64,
  Rows UInt64,
  BudgetBytes UInt64,
  At DateTime DEFAULT now()
)
ENGINE = MergeTree
ORDER BY (Day, Target, At)
TTL At + INTERVAL 400 DAY
SETTINGS {{durable}}
