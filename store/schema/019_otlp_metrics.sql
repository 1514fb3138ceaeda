-- Landing table, as 001; 039 expands requests into metrics.
CREATE TABLE IF NOT EXISTS otlp_metrics ({{landing metrics}}) ENGINE = Null
