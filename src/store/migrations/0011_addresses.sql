-- Verdicts about addresses of DNS or of a verification service. They can be asked for again, so nothing is lost with a row.
CREATE TABLE address_verdicts (
  recipient BLOB PRIMARY KEY,           -- blind index, as recipients.recipient; the person may have no key
  checked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  asked_until INTEGER NOT NULL,         -- a call for it is in flight until then, and nobody makes another
  sealed BLOB                           -- JSON of the verdict; NULL until the first answer
) STRICT, WITHOUT ROWID;
CREATE INDEX address_verdicts_expires_at ON address_verdicts (expires_at);

-- The verification service, and what it was asked. At most one row.
CREATE TABLE address_service (
  id TEXT PRIMARY KEY CHECK (id = 'service'),
  version INTEGER NOT NULL,
  document TEXT NOT NULL,               -- JSON of the settings, without the key
  changed_at INTEGER NOT NULL,
  sealed BLOB,                          -- the key; NULL without one
  day INTEGER NOT NULL,                 -- days since the epoch, to which `spent` belongs
  spent INTEGER NOT NULL,               -- calls of that day
  failure TEXT,                         -- why it gave no verdict; NULL while it works
  failed_at INTEGER NOT NULL,
  paused_until INTEGER NOT NULL         -- it is not called before
) STRICT, WITHOUT ROWID;

-- Lists of addresses that are checked by and by.
CREATE TABLE address_jobs (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  addresses INTEGER NOT NULL,
  stopped_at INTEGER,
  ended_at INTEGER                      -- NULL while work is left
) STRICT, WITHOUT ROWID;
CREATE INDEX address_jobs_ended_at ON address_jobs (ended_at);

CREATE TABLE address_job_rows (
  id TEXT NOT NULL,                     -- of the job
  part INTEGER NOT NULL,                -- place in the list, from 0
  recipient BLOB NOT NULL,              -- blind index
  verdict TEXT,                         -- NULL until it is known
  tries INTEGER NOT NULL,               -- that ended without one
  sealed BLOB NOT NULL,                 -- JSON of the address, and of the verdict once it is known
  PRIMARY KEY (id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_job_rows_recipient ON address_job_rows (recipient);
