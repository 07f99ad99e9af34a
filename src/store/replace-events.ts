/** Replaces stored events by another reading of them. Id, place and time of storing stay, so whoever has a position goes on from it. */
import { ADD_TO_INDEX } from './inverted-index.ts'
import { KNOWN } from './segments.ts'
import { type EventRow, type EventToStore, type Found, HAS_CONTENTS, column, rowOf } from './stored-event.ts'

/** Where an event is, as it is stored. */
export interface Placed {
  readonly segment: number
  readonly index: number
  readonly row: EventRow
  /** Sealed, in base64. */
  readonly original: string | null
}

const READ = `
  WITH RECURSIVE given (id) AS MATERIALIZED (SELECT value FROM json_each(?1)),
  ${KNOWN}
  SELECT b.segment, i.key AS nr, i.value AS id, json(e.value) AS event, b.originals ->> i.key AS original,
    lower(hex(r.wrapped_key)) AS wrapped_key
  FROM near n CROSS JOIN segments b ON b.segment = n.segment CROSS JOIN json_each(b.ids) i
    CROSS JOIN jsonb_each(b.contents) e ON e.key = i.key LEFT JOIN recipients r ON r.recipient = unhex(${column('recipient')})
  WHERE i.value IN (SELECT id FROM given) AND ${HAS_CONTENTS}`

/** The places of events by ids of the store. Those that are gone, or were blanked, are missing. */
export async function findPlaced(db: D1Database, ids: readonly string[]): Promise<readonly Placed[]> {
  const read = db.prepare(READ).bind(JSON.stringify(ids))
  const { results } = await read.all<
    Found & { readonly segment: number; readonly nr: number; readonly original: string | null }
  >()
  return results.map(({ segment, nr: index, original, ...found }) => ({
    segment,
    index,
    original,
    row: rowOf(found),
  }))
}

/** Bound to segments, indexes, ids, values, originals and fingerprints. Other events of the segments stay as they are. */
const REPLACE = `
  WITH changed AS MATERIALIZED (
    SELECT value ->> 0 AS segment, value ->> 1 AS nr, value ->> 2 AS id, value -> 3 AS event, value ->> 4 AS original,
      value -> 5 AS fingerprints
    FROM json_each(?1))
  UPDATE segments AS b SET
    contents = (
      SELECT '[' || group_concat(iif(e.value IS NULL, 'null', coalesce(c.event, e.value)), ',' ORDER BY e.key) || ']'
      FROM json_each(b.contents) e LEFT JOIN changed c ON c.segment = b.segment AND c.nr = e.key AND c.id = b.ids ->> e.key),
    originals = iif(b.originals IS NULL, NULL, (
      SELECT json_group_array(iif(b.originals ->> e.key IS NULL, NULL, coalesce(c.original, b.originals ->> e.key)) ORDER BY e.key)
      FROM json_each(b.contents) e LEFT JOIN changed c ON c.segment = b.segment AND c.nr = e.key AND c.id = b.ids ->> e.key)),
    fingerprints = (
      SELECT json_group_array(value) FROM (
        SELECT value FROM json_each(b.fingerprints)
        UNION
        SELECT f.value FROM changed c CROSS JOIN json_each(c.fingerprints) f WHERE c.segment = b.segment))
  WHERE b.segment IN (SELECT segment FROM changed)`

/** Statements for one transaction. An event whose segment is gone stays gone. */
export function replaceStatements(
  db: D1Database,
  replaced: readonly { readonly at: Placed; readonly event: EventToStore }[],
): readonly D1PreparedStatement[] {
  const json = JSON.stringify(
    replaced.map(({ at: { segment, index }, event: { id, values, original, ...event } }) => [
      segment,
      index,
      id,
      values,
      original ?? null,
      [...event.subjectFingerprints, ...event.filterFingerprints],
    ]),
  )
  return [db.prepare(REPLACE).bind(json), db.prepare(ADD_TO_INDEX).bind(json)]
}
