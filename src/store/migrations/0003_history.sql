-- What the store no longer has, because it was too old. One row, once something was removed. It is restored with the rest of the
-- database, so it always tells what this database has lost. -1 is before all times.
CREATE TABLE history (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  before_ms INTEGER NOT NULL DEFAULT -1, -- largest effective time in a removed segment: an unknown event of this time or before may be a copy
  stored_ms INTEGER NOT NULL DEFAULT -1, -- largest stored_at of a removed segment
  blanked_ms INTEGER NOT NULL DEFAULT -1 -- largest effective time in a segment in which deliveries to people were blanked
) STRICT;
