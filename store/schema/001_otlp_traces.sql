-- Landing table: a segment's requests pass through and are not kept; 011 expands them into spans.
CREATE TABLE IF NOT EXISTS otlp_traces ({{landing traces}}) ENGINE = Null
