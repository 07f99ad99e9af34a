-- Until when a source has lifted the unsubscribes that it reported itself: a later email.subscribed of that source.
CREATE TABLE resubscribed (
  recipient BLOB NOT NULL,
  source TEXT NOT NULL,
  lifted_at INTEGER NOT NULL,
  PRIMARY KEY (recipient, source)
) STRICT, WITHOUT ROWID;
