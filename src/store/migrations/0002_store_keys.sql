-- Keys of the store's own, wrapped under the master key, so that a master key can be retired. One today: that of the index of
-- people, which must stay the same for as long as the store lives.
CREATE TABLE store_keys (
  name TEXT PRIMARY KEY,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
