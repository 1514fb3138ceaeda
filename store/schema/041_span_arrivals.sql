-- Which minutes of event time got spans, and when: how the edges job knows what to read again, however late.
CREATE TABLE IF NOT EXISTS span_arrivals (
  Minute DateTime,
  ArrivedAt DateTime64(3) DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY ArrivedAt
TTL toDateTime(ArrivedAt) + INTERVAL 1 DAY
SETTINGS {{durable}}
