-- Rows may come from elsewhere: logs of runs, tables in files, other databases. What tells such a row
-- from all others is kept with it, so that it never comes in twice. NULL where a row was recorded here.
ALTER TABLE token_estimation_v2_events ADD COLUMN import_key TEXT;
CREATE UNIQUE INDEX ux_token_estimation_v2_import_key
    ON token_estimation_v2_events (import_key) WHERE import_key IS NOT NULL;

ALTER TABLE token_budget_escalation_events ADD COLUMN import_key TEXT;
CREATE UNIQUE INDEX ux_token_budget_escalation_import_key
    ON token_budget_escalation_events (import_key) WHERE import_key IS NOT NULL;
CREATE INDEX ix_token_budget_escalation_timestamp ON token_budget_escalation_events (timestamp);

-- A log does not always say whether a reply could be used, or what its deliverables were: unknown is
-- NULL, never zero. SQLite drops a NOT NULL in the text of the schema, no row is touched
-- (https://www.sqlite.org/lang_altertable.html, section 7, "the simpler procedure").
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(replace(replace(sql,
    'success BOOLEAN NOT NULL,', 'success BOOLEAN,'),
    'deliverable_count INTEGER NOT NULL,', 'deliverable_count INTEGER,'),
    'deliverables_json TEXT NOT NULL,', 'deliverables_json TEXT,')
WHERE type = 'table' AND name = 'token_estimation_v2_events';
PRAGMA writable_schema = RESET;
