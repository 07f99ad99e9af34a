-- Files of the archive, which is a bucket of Parquet files (src/archive). A row is written before its file: it claims a span of
-- segments, so that no event gets into two files.
CREATE TABLE archive_files (
  first_segment INTEGER NOT NULL,
  last_segment INTEGER NOT NULL,
  dt TEXT NOT NULL,                     -- UTC day on which its segments were stored, for example 2026-11-29
  state TEXT NOT NULL,                  -- claimed, written, or replaced by a merged file: a month later its object is deleted, and then the row
  claim_id TEXT NOT NULL,               -- random; the object has it in its metadata
  merges INTEGER NOT NULL DEFAULT 0,    -- number of files that it replaces
  is_final INTEGER NOT NULL DEFAULT 0,  -- 1 if it will never be merged into another one
  events INTEGER NOT NULL,              -- until it is written, those of its segments
  contents_bytes INTEGER NOT NULL,      -- of its segments
  first_stored_at INTEGER NOT NULL,
  last_stored_at INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  key TEXT,                             -- of its object; this and the next three are null until it is written
  bytes INTEGER,
  sha256 TEXT,
  written_at INTEGER,
  replaced_at INTEGER,
  PRIMARY KEY (first_segment, last_segment)
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_files_by_day ON archive_files (dt, first_segment) WHERE state = 'written';

-- Those with which something is still to be done.
CREATE INDEX archive_files_open ON archive_files (state, first_segment) WHERE is_final = 0;

-- Those whose objects are to be deleted: each minute asks, and a month of them waits.
CREATE INDEX archive_files_replaced ON archive_files (replaced_at) WHERE state = 'replaced';

-- One row. Rows of files go when the archive's retention is over, and their segments must not be claimed again.
CREATE TABLE archive_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  claimed_segment INTEGER NOT NULL      -- the last one that was ever claimed
) STRICT;
