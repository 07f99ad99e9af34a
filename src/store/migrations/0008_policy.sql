-- The suppression policy in force. Without a row it is the default.
CREATE TABLE policy (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,             -- 0 until somebody takes a document
  document TEXT,                        -- JSON; null for what was in force before 0.4
  taken_at INTEGER,
  judged TEXT                           -- how far the people are judged by it: a blind index in hex; null if all are
) STRICT;

-- An installation that has stored something keeps what it had, until somebody takes another policy.
INSERT INTO policy (one, version)
SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM segments) OR EXISTS (SELECT 1 FROM suppressions);

-- Of bounces, for which the policy asks. Bounces are stored as evidence for the reason hard_bounce or soft_bounces.
ALTER TABLE evidence ADD COLUMN cause TEXT;
ALTER TABLE evidence ADD COLUMN message TEXT;            -- message_id of the event
ALTER TABLE evidence ADD COLUMN mailbox_provider TEXT;   -- of a hard bounce with the cause no_mailbox
ALTER TABLE evidence ADD COLUMN lifted INTEGER;          -- 1 if an operator lifted it, although its time may be later

-- Hard bounces with the cause no_mailbox by time and mailbox provider. Adds a row written only for these.
CREATE INDEX evidence_no_mailbox ON evidence (occurred_at, mailbox_provider) WHERE mailbox_provider IS NOT NULL;

-- Hours in which no_mailbox was so frequent at a mailbox provider that its own failure is likely: entries of then are provisional.
CREATE TABLE mailbox_waves (
  mailbox_provider TEXT NOT NULL,
  hour INTEGER NOT NULL,                -- of the bounces, in hours since the epoch
  bounces INTEGER NOT NULL,             -- of the hour, when the wave was found
  events INTEGER NOT NULL,              -- about that many deliveries and bounces were at the provider in the hour
  usual_share REAL NOT NULL,            -- of the days before
  found_at INTEGER NOT NULL,
  judged TEXT DEFAULT '',               -- how far its people are judged anew: a blind index in hex; null if all are
  PRIMARY KEY (mailbox_provider, hour)
) STRICT, WITHOUT ROWID;

-- Of an entry that a rule of the policy made.
ALTER TABLE suppressions ADD COLUMN rule INTEGER;        -- position of the rule in the policy, from 0
ALTER TABLE suppressions ADD COLUMN expires_at INTEGER;  -- null for never
ALTER TABLE suppressions ADD COLUMN provisional INTEGER; -- 1 if a wave made it, and nothing has confirmed it
