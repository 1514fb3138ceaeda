-- 043 takes its place.
DROP VIEW IF EXISTS ingest_log_traces_mv
