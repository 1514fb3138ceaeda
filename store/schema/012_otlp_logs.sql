-- Landing table, as 001; 018 expands requests into log records.
CREATE TABLE IF NOT EXISTS otlp_logs ({{landing logs}}) ENGINE = Null
