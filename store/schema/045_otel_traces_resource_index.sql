-- The other half of "an attribute of the span or its resource": a query over both skips a granule only if both indexes
-- rule it out. Contrib's index, its name.
ALTER TABLE otel_traces ADD INDEX IF NOT EXISTS idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1
