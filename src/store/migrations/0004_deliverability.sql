-- Events by source and by the UTC day on which they were stored, in days since the epoch. One row written for each source of a
-- consumer batch.
CREATE TABLE deliverability (
  source TEXT NOT NULL,
  day INTEGER NOT NULL,
  counts TEXT NOT NULL,                 -- JSON object: number of events by dimension, key of the value, and type; see deliverability.ts
  PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
