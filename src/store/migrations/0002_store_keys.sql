-- Keys of the store's own, wrapped under the master key, so that a master key can be retired: that of the index of people, which
-- must stay the same for as long as the store lives, and that of events which name nobody.
CREATE TABLE store_keys (
  name TEXT PRIMARY KEY,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
