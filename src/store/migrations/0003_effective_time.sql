-- Events whose ids do not tell by which time they are ordered: of ESPs that give none, or one that was still to come.
-- Costs a row for segments of those alone.
DROP INDEX segments_untimed;
CREATE INDEX segments_by_receipt ON segments (last_ms) WHERE substr(last_id, 1, 12) <> printf('%012x', last_ms);

-- What events from the future have left behind: evidence and liftings count as those of now. What was lifted stays lifted.
UPDATE suppressions SET
  since = min(since, unixepoch() * 1000),
  as_of = min(as_of, unixepoch() * 1000 - (as_of < lifted_at)),
  lifted_at = min(lifted_at, unixepoch() * 1000)
WHERE max(coalesce(as_of, 0), lifted_at) > unixepoch() * 1000;
UPDATE OR REPLACE evidence SET occurred_at = unixepoch() * 1000 WHERE occurred_at > unixepoch() * 1000;
