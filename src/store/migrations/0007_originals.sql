-- The ESP's own item of each event: JSON array in the order of ids, base64, sealed under the key of the event's person as what is personal
-- is. NULL at an event that has none, and for a segment of which no event has one. The last column, so that nothing else reads past it.
ALTER TABLE segments ADD COLUMN originals TEXT;
