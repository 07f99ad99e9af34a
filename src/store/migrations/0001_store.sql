-- The consumer writes these tables; the console reads them. Times are milliseconds since the epoch.
-- WITHOUT ROWID: an insert writes one row instead of two. "sealed" is AES-256-GCM; in a TEXT column it is base64.

-- One key for each person, wrapped under the master key together with the address. Deleting the row erases the person:
-- nothing that is sealed under the key can be opened again, in any table.
CREATE TABLE recipients (
  recipient BLOB PRIMARY KEY,           -- blind index: first 16 bytes of HMAC-SHA-256 over the normalized address
  wrapped_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The store's own keys, wrapped under the master key, so that a master key can be retired: the key of the blind index, which
-- must never change, and the key of events that name nobody.
CREATE TABLE store_keys (
  name TEXT PRIMARY KEY,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Events are stored in segments: a row holds up to 128 events of one consumer batch. segments.ts says which segment an event
-- goes to, inverted-index.ts how it is found.
-- Rows written: 2 for a segment, 1 in counters for each source and hour of a batch, 1 in evidence for a soft bounce or an
-- unsubscribe, 1 in recipients for a new person.
CREATE TABLE segments (
  segment INTEGER PRIMARY KEY,          -- in the order of the commits; the last segment is never removed, so no number is used twice
  events_before INTEGER NOT NULL,       -- number of events that were ever stored before it: a gap here is events that were removed
  stored_at INTEGER NOT NULL,           -- never less than in the segment before
  digits INTEGER NOT NULL,              -- number of leading digits that all its ids share at least
  first_id TEXT NOT NULL,
  last_id TEXT NOT NULL,
  first_ms INTEGER NOT NULL,            -- effective time of its first event
  last_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,              -- number of events
  writer INTEGER NOT NULL,              -- token of the transaction that wrote it; only its own events have effects in it
  ids TEXT NOT NULL,                    -- JSON array
  fingerprints TEXT NOT NULL,           -- JSON array: fingerprints of its sources, types, people and messages
  contents TEXT NOT NULL                -- JSON array in the order of ids: the columns of stored-event.ts, personal data sealed
) STRICT;

CREATE INDEX segments_by_id ON segments (digits, last_id, first_id, events);

-- Events whose ids do not tell their effective time: the ESP gave no time, or one in the future.
-- Adds a row written only for segments of such events.
CREATE INDEX segments_by_receipt ON segments (last_ms) WHERE substr(last_id, 1, 12) <> printf('%012x', last_ms);

-- Which segments list a fingerprint, for each full block of 512 segments.
CREATE TABLE inverted_index (
  part TEXT NOT NULL,                   -- first two digits of the fingerprints
  block INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,            -- effective time of the first event in the segments listed
  last_ms INTEGER NOT NULL,
  segments TEXT NOT NULL,               -- JSON object: arrays of segments by fingerprint
  PRIMARY KEY (part, block)
) STRICT, WITHOUT ROWID;

-- Events that matter only together with others: soft bounces and unsubscribes.
CREATE TABLE evidence (
  recipient BLOB NOT NULL,
  reason TEXT NOT NULL,                 -- the reason for a suppression that the event supports
  occurred_at INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  source TEXT NOT NULL,
  native_type TEXT NOT NULL,
  sealed TEXT,
  PRIMARY KEY (recipient, reason, occurred_at, event_id)
) STRICT, WITHOUT ROWID;

-- Events by source and by the hour of their effective time, in hours since the epoch.
CREATE TABLE counters (
  source TEXT NOT NULL,
  hour INTEGER NOT NULL,
  counts TEXT NOT NULL,                 -- JSON object: number of events by type
  PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;

-- Why a person must not be written to. A row only records a lifting if it has no as_of, or one before lifted_at.
CREATE TABLE suppressions (
  recipient BLOB NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER,                        -- time of the first evidence after the last lifting
  as_of INTEGER,                        -- time of the newest evidence
  lifted_at INTEGER NOT NULL DEFAULT 0, -- earlier evidence no longer counts
  lifted_by TEXT,                       -- the operator; null if an import or a restore lifted it
  event_id TEXT,                        -- the event that is the first evidence; the next three columns are copied from it
  source TEXT,
  native_type TEXT,
  sealed TEXT,
  note BLOB,                            -- the operator's, sealed under the person's key
  active INTEGER GENERATED ALWAYS AS (as_of IS NOT NULL AND as_of >= lifted_at) VIRTUAL,
  PRIMARY KEY (recipient, reason)
) STRICT, WITHOUT ROWID;

CREATE INDEX suppressions_active ON suppressions (as_of) WHERE active;

-- A source's email.subscribed lifts the earlier unsubscribes that the same source reported.
CREATE TABLE resubscribed (
  recipient BLOB NOT NULL,
  source TEXT NOT NULL,
  lifted_at INTEGER NOT NULL,           -- time of the newest such event
  PRIMARY KEY (recipient, source)
) STRICT, WITHOUT ROWID;

-- Verified deliveries, or single items of one, that could not be parsed. The id is a keyed hash of the content.
CREATE TABLE quarantine (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  provider TEXT NOT NULL,
  request_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  problem TEXT NOT NULL,
  item INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  sealed BLOB NOT NULL                  -- everything but the body
) STRICT, WITHOUT ROWID;

CREATE INDEX quarantine_by_time ON quarantine (received_at);

-- Bodies in parts: D1 refuses values over 2 MB.
CREATE TABLE quarantine_parts (
  id TEXT NOT NULL,
  part INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (id, part)
) STRICT, WITHOUT ROWID;

-- Queue messages that cannot be processed, or failed too often. They stay sealed as they were in the queue.
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  source TEXT,
  event_types TEXT,                     -- of its events, as a JSON array; null if the contents were not open
  reason TEXT NOT NULL,
  fault TEXT,                           -- class name of the error of the last attempt
  attempts INTEGER NOT NULL,
  first_failed_at INTEGER NOT NULL,
  last_failed_at INTEGER NOT NULL,
  envelope TEXT,                        -- the envelope without its sealed contents, as JSON; null for any other message
  sealed BLOB                           -- the sealed contents, or the whole body of any other message
) STRICT, WITHOUT ROWID;

CREATE INDEX dead_letters_by_time ON dead_letters (last_failed_at);

-- Queue messages that failed and are being retried, under the id that each would have as a dead letter. A row is written when a
-- message is put back, and deleted when it is settled.
CREATE TABLE retrying (
  id TEXT PRIMARY KEY,
  source TEXT,
  reason TEXT NOT NULL,
  fault TEXT,                           -- class name of the error
  attempts INTEGER NOT NULL,
  since INTEGER NOT NULL,               -- time of the first failure
  next_at INTEGER NOT NULL              -- time of the next attempt
) STRICT, WITHOUT ROWID;

-- Large deliveries whose events are all stored. Their object may be gone when the queue delivers the message again.
CREATE TABLE large_deliveries (
  key TEXT PRIMARY KEY,
  stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
