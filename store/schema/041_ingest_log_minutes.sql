-- Which minutes of event time a segment touched: how the edges job knows what to read again, however late. Here and not
-- in a table of its own, because each table costs every insert a part.
ALTER TABLE ingest_log ADD COLUMN IF NOT EXISTS Minutes Array(DateTime)
