-- How far the nightly task is with events that are too old. It is in the database with them, so a restore to an earlier time takes
-- both back.
CREATE TABLE retention_progress (
  task TEXT PRIMARY KEY,                -- for example 'remove'
  version INTEGER NOT NULL,             -- of the retention document: under another one, the task begins anew
  segment INTEGER NOT NULL              -- the last one that it has looked at
) STRICT, WITHOUT ROWID;

-- Parts without an entry are left behind if the consumer dies between the two. A retry writes the time again.
ALTER TABLE quarantine_parts ADD COLUMN stored_at INTEGER NOT NULL DEFAULT 0;
