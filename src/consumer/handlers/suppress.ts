/** Adds evidence to the suppression list, for all rules. */

/** SQL: whether the listed evidence stays the first: it is after the last lifting and older than the new evidence. */
const LISTED_IS_FIRST = `suppressions.since >= suppressions.lifted_at
  AND (suppressions.since, suppressions.event_id) <= (excluded.since, excluded.event_id)`

const OF_FIRST = ['since', 'event_id', 'source', 'native_type', 'sealed']

/** Put around a `SELECT` of these columns that returns at most one row for each person and reason. */
export const SUPPRESS_UPSERT = {
  insert: `INSERT INTO suppressions (recipient, reason, since, as_of, event_id, source, native_type, sealed)`,
  conflict: `ON CONFLICT (recipient, reason) DO UPDATE SET
    as_of = max(coalesce(suppressions.as_of, 0), excluded.as_of),
    ${OF_FIRST.map((name) => `${name} = iif(${LISTED_IS_FIRST}, suppressions.${name}, excluded.${name})`).join(',\n    ')}`,
} as const
