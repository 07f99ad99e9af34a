-- What the consumer writes and the console reads. Times are milliseconds since the epoch.
-- WITHOUT ROWID: one row written per insert instead of two. What is named "sealed" is AES-256-GCM, as base64 where it is text.

-- One key per person, wrapped under the master key together with the address. Deleting a row erases the person:
-- nothing sealed under the key opens again, in any table.
CREATE TABLE recipients (
  recipient BLOB PRIMARY KEY,           -- blind index: first 16 bytes of HMAC-SHA-256 over the normal address
  wrapped_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Events rest in segments: a row holds up to 128 events of one consumer batch. How an event finds its segment, and is found
-- in it, is described in segments.ts and inverted-index.ts.
-- Rows written: 2 for a segment, 1 in counters per source and hour of a batch, 1 in evidence for a soft bounce or an
-- unsubscribe, 1 in recipients for a person seen first.
CREATE TABLE segments (
  segment INTEGER PRIMARY KEY,           -- in the order of writing, without a gap
  digits INTEGER NOT NULL,              -- how many leading digits all its ids share at least
  first_id TEXT NOT NULL,
  last_id TEXT NOT NULL,
  first_ms INTEGER NOT NULL,            -- when its first event happened, or came where the ESP gives no time
  last_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,              -- how many
  writer INTEGER NOT NULL,              -- token of the transaction that wrote it, whose effects come from these events only
  ids TEXT NOT NULL,                    -- JSON array
  fingerprints TEXT NOT NULL,               -- JSON array: fingerprints of its people and messages
  contents TEXT NOT NULL                -- JSON array in the order of ids: the columns of stored-event.ts, what is personal sealed
) STRICT;

CREATE INDEX segments_by_id ON segments (digits, last_id, first_id, events);

-- Events of ESPs that give no time: their ids start with zeros. Costs a row for segments of those alone.
CREATE INDEX segments_untimed ON segments (last_ms) WHERE last_id < '000000000001';

-- Where people and messages are found, of the segments in each full block of 512.
CREATE TABLE inverted_index (
  part TEXT NOT NULL,                   -- first two digits of a fingerprint
  block INTEGER NOT NULL,
  segments TEXT NOT NULL,                -- JSON object: segments by fingerprint
  PRIMARY KEY (part, block)
) STRICT, WITHOUT ROWID;

-- Events that say little when they come, and may say more beside others: soft bounces and unsubscribes.
CREATE TABLE evidence (
  recipient BLOB NOT NULL,
  reason TEXT NOT NULL,                 -- for which they can speak
  occurred_at INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  source TEXT NOT NULL,
  native_type TEXT NOT NULL,
  sealed TEXT,
  PRIMARY KEY (recipient, reason, occurred_at, event_id)
) STRICT, WITHOUT ROWID;

-- Hours since the epoch, of occurrence.
CREATE TABLE counters (
  source TEXT NOT NULL,
  hour INTEGER NOT NULL,
  counts TEXT NOT NULL,                 -- JSON object: how many of each type
  PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;

-- Why a person must not be written to. A row without as_of, or with one before lifted_at, only remembers the lifting.
CREATE TABLE suppressions (
  recipient BLOB NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER,                        -- time of the first evidence after the last lifting
  as_of INTEGER,                        -- time of the newest evidence
  lifted_at INTEGER NOT NULL DEFAULT 0, -- evidence before this counts no more
  event_id TEXT,                        -- the first evidence: its event, and a copy of what that event sealed
  source TEXT,
  native_type TEXT,
  sealed TEXT,
  note BLOB,                            -- of the operator, sealed under the key of the person
  active INTEGER GENERATED ALWAYS AS (as_of IS NOT NULL AND as_of >= lifted_at) VIRTUAL,
  PRIMARY KEY (recipient, reason)
) STRICT, WITHOUT ROWID;

CREATE INDEX suppressions_active ON suppressions (as_of) WHERE active;

-- Authentic deliveries, or items of one, that could not be understood. The id is a keyed hash of the content.
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

-- Bodies in pieces: D1 takes no value over 2 MB.
CREATE TABLE quarantine_parts (
  id TEXT NOT NULL,
  part INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (id, part)
) STRICT, WITHOUT ROWID;

-- Messages that cannot work, or failed too often. They rest as they travelled: sealed.
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  source TEXT,
  reason TEXT NOT NULL,
  handler TEXT,
  attempts INTEGER NOT NULL,
  first_failed_at INTEGER NOT NULL,
  last_failed_at INTEGER NOT NULL,
  envelope TEXT,                        -- the outside of an envelope as JSON, null when the message was none
  sealed BLOB                           -- its inside, of a message that was no envelope, the body
) STRICT, WITHOUT ROWID;

CREATE INDEX dead_letters_by_time ON dead_letters (last_failed_at);

-- What handlers that reach outside still have to do. A row goes when its handler succeeded.
CREATE TABLE outbox (
  event_id TEXT NOT NULL,
  handler TEXT NOT NULL,
  holder INTEGER NOT NULL,              -- token of the attempt that may run it until leased_until
  leased_until INTEGER NOT NULL,
  PRIMARY KEY (event_id, handler)
) STRICT, WITHOUT ROWID;

-- Large deliveries whose events are all stored: a second copy of such a message may find its object gone.
CREATE TABLE large_deliveries (
  key TEXT PRIMARY KEY,
  stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
