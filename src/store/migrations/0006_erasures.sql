-- Erasures of people that this database has applied. The registry has the list of all of them, which no restore of this database takes
-- back. Rows stay for good: events that were received before an erasure may come later.
CREATE TABLE erasures (
  person BLOB PRIMARY KEY,              -- blind index, as recipients.recipient
  number INTEGER NOT NULL UNIQUE,       -- of the person's newest erasure
  erased_at INTEGER NOT NULL,           -- what was received until then is stored without the person
  keeps_suppression INTEGER NOT NULL    -- 1 if her suppressions stay, under the blind index alone
) STRICT, WITHOUT ROWID;

-- How far they are applied. One row, once one was. A restore takes it back with all that was erased, so it tells what to erase again.
CREATE TABLE erasure_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  through INTEGER NOT NULL              -- number of the newest erasure that is complete in every table; so are all before it
) STRICT;

-- The people whom the contents name: their blind indexes, 16 bytes each, one after the other. NULL if nobody has looked yet.
ALTER TABLE quarantine ADD COLUMN people BLOB;
ALTER TABLE dead_letters ADD COLUMN people BLOB;
