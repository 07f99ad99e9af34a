-- Up to which segment opens, clicks and unsubscribes were judged by the events around them. One row. It is in the database with them, so
-- a restore to an earlier time takes both back.
CREATE TABLE judged_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  segment INTEGER NOT NULL
) STRICT;
