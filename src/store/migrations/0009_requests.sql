-- Requests of ESPs that destinations of the form `original` have still to send. A row stays without its content for as long as a queue may
-- bring the same request again.
CREATE TABLE requests (
  number INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival
  id TEXT NOT NULL UNIQUE,              -- name of the destination, a slash, and the request id
  destination TEXT NOT NULL,
  source TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,               -- size of the body
  sealed BLOB,                          -- JSON of method, query and headers; NULL once it is settled, or gone with a person
  people BLOB                           -- blind indexes of whom it names; NULL if nobody has looked yet
) STRICT;
CREATE INDEX requests_destination ON requests (destination, number);

-- Bodies, in parts: a value has at most two megabytes.
CREATE TABLE request_parts (
  id TEXT NOT NULL,
  part INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_parts_stored_at ON request_parts (stored_at);
