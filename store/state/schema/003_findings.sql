-- What was found out about an incident after it was resolved, and of which resolution that is: it may be reopened.
ALTER TABLE incidents ADD COLUMN findings TEXT;
ALTER TABLE incidents ADD COLUMN findings_of INTEGER;
-- Of those that were resolved before there were findings none are made.
UPDATE incidents SET findings_of = resolved_at;
CREATE INDEX incidents_without_findings ON incidents (number) WHERE resolved_at IS NOT NULL AND findings_of IS NOT resolved_at;
