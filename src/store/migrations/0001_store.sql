-- What the consumer writes and the console reads. Times are milliseconds since the epoch.
-- WITHOUT ROWID: one row written per insert instead of two. Blobs named "sealed" are AES-256-GCM.

-- One key per person, wrapped under the master key together with the address. Deleting a row erases the person:
-- nothing sealed under the key opens again, in any table.
CREATE TABLE recipients (
  recipient BLOB PRIMARY KEY,           -- blind index: first 16 bytes of HMAC-SHA-256 over the normal address
  wrapped_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows written per event: 1 here, 1 in events_by_subject, 1 in message_states (none when the state stays),
-- 1 in counters per source, hour and type of a batch, 1 in recipients for a person seen first.
CREATE TABLE events (
  id TEXT PRIMARY KEY,                  -- starts with the time, so the key is also the order of time
  source TEXT NOT NULL,
  provider TEXT NOT NULL,
  type TEXT NOT NULL,
  native_type TEXT NOT NULL,
  provider_event_id TEXT,
  message_id TEXT,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  bounce_type TEXT,
  reject_reason TEXT,
  smtp_code TEXT,
  enhanced_code TEXT,
  campaign_id TEXT,
  request_id TEXT NOT NULL,             -- the delivery that brought it, how it was proven, what was tolerated
  methods TEXT NOT NULL,
  alerts TEXT,
  degraded TEXT,
  recipient BLOB,
  sealed BLOB,                          -- what is personal, under the key of the person, without a person, that of the store
  writer INTEGER NOT NULL               -- token of the attempt that inserted the row, effects apply to its rows only
) STRICT, WITHOUT ROWID;

-- All events of a person, of a message where the ESP names no person.
CREATE INDEX events_by_subject ON events (coalesce(recipient, message_id));

-- Events of ESPs that give no time: their ids start with zeros. Costs a row for those alone.
CREATE INDEX events_untimed ON events (occurred_at) WHERE id < '000000000001';

-- The newest event of each message and recipient. Message first: it is what people look up.
CREATE TABLE message_states (
  message_id TEXT NOT NULL,
  source TEXT NOT NULL,
  recipient BLOB NOT NULL,              -- empty when the ESP names none
  state TEXT NOT NULL,
  rank INTEGER NOT NULL,                -- settles equal times, negative never overrides
  occurred_at INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  PRIMARY KEY (message_id, source, recipient)
) STRICT, WITHOUT ROWID;

-- Hours since the epoch, of occurrence.
CREATE TABLE counters (
  source TEXT NOT NULL,
  hour INTEGER NOT NULL,
  type TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (source, hour, type)
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
  sealed BLOB,
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
