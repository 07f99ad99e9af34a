/**
 * Writes events in segments, each event once. A segment is one row with up to 128 events.
 *
 * Ids begin with their time, so a number of leading digits is a span of time: six are 4.7 hours, seven 17 minutes, eight a
 * minute, down to a fraction of a millisecond. All ids of a segment share their first digits. The segments that share the same
 * digits are a bucket, which holds at most 256 segments. An event goes to the widest bucket on its path that is not full,
 * beginning with six digits. So a batch writes few segments, whatever its times. Whether an event is already stored depends on
 * the ids of a few buckets: the full ones on its path, and the one that it would go to. A bucket that was full may have lost old
 * segments. So an event also goes past each bucket whose digits begin those of a narrower one that is stored.
 */
import { FIRST_TIMED_ID } from '../event/identity.ts'
import { requestFingerprint } from './fingerprint.ts'
import {
  type EventRow,
  type EventToStore,
  type Found,
  HAS_CONTENTS,
  column,
  rowOf,
  textIn,
} from './stored-event.ts'

export const SEGMENT_MAX_EVENTS = 128

/** D1 refuses parameters over 2,000,000 bytes. A single event may be larger than this, see `EVENT_MAX_BYTES`. */
const PARAMETER_MAX_CHARACTERS = 500_000

export const BUCKET_MAX_SEGMENTS = 256

/**
 * The number of digits of a bucket, from wide to narrow. Twelve digits are the time, the next two belong to the hash. If these
 * buckets are full too, the whole id is the bucket, and each event is a segment.
 */
export const BUCKET_DIGITS = [6, 7, 8, 9, 10, 11, 12, 13, 14, 44] as const

/** The first bucket on the path of an id. Ids without a time begin with twelve zeros, which no other id does. */
const FIRST_DIGITS = `iif(id < '${FIRST_TIMED_ID}', 12, ${BUCKET_DIGITS[0]})`

const NEXT_DIGITS = `CASE length(p.bucket) ${BUCKET_DIGITS.slice(1)
  .map((next, i) => `WHEN ${BUCKET_DIGITS[i]} THEN ${next}`)
  .join(' ')} END`

/** SQL: whether an id has no time, or another time than the effective one. Such events have separate segments. */
export const isByReceipt = (id: string, ms: string): string =>
  `substr(${id}, 1, 12) <> printf('%012x', ${ms})`

/** The widest span of the times in one segment of events for which {@link isByReceipt} is true. */
export const BY_RECEIPT_SPAN_MS = 3_600_000

/** Ids are hex, so all ids that begin with a bucket's digits sort before those digits followed by `g`. */
const inBucket = (bucket: string): string =>
  `b.digits = length(${bucket}) AND b.last_id < ${bucket} || 'g' AND b.last_id >=`

const GOES_TO = (bucket: string): string => `substr(g.id, 1, length(${bucket})) = ${bucket}`

/** SQL: which of the events `given (id, …)` are stored, as `known (id)`. */
export const KNOWN = `path (bucket) AS MATERIALIZED (
    SELECT substr(id, 1, ${FIRST_DIGITS}) FROM given
    UNION
    SELECT substr(g.id, 1, ${NEXT_DIGITS}) FROM path p CROSS JOIN given g ON ${GOES_TO('p.bucket')}
    WHERE (SELECT count(*) FROM (
      SELECT 1 FROM segments b WHERE ${inBucket('p.bucket')} p.bucket LIMIT ${BUCKET_MAX_SEGMENTS})) = ${BUCKET_MAX_SEGMENTS}
      OR EXISTS (
        SELECT 1 FROM json_each('${JSON.stringify(BUCKET_DIGITS.slice(1))}') d CROSS JOIN segments b ON b.digits = d.value
          AND b.last_id < p.bucket || 'g' AND b.last_id >= p.bucket
        WHERE d.value > length(p.bucket))),
  spans (bucket, low, high) AS MATERIALIZED (
    SELECT p.bucket, min(g.id), max(g.id) FROM path p CROSS JOIN given g ON ${GOES_TO('p.bucket')}
    GROUP BY p.bucket, substr(g.id, length(p.bucket) + 1, 1)),
  near (segment) AS MATERIALIZED (
    SELECT DISTINCT b.segment FROM spans s CROSS JOIN segments b ON ${inBucket('s.bucket')} s.low AND b.first_id <= s.high),
  known (id) AS MATERIALIZED (
    SELECT i.value FROM near n CROSS JOIN segments b ON b.segment = n.segment CROSS JOIN json_each(b.ids) i
    WHERE i.value IN (SELECT id FROM given))`

/**
 * Bound to events as JSON, the writer and the time. Returns the number of events in each new segment. Segments are numbered in the
 * order of the last `ORDER BY`, which the running sum follows.
 */
const INSERT = `
  INSERT INTO segments (events_before, stored_at, digits, first_id, last_id, first_ms, last_ms, events, writer, ids, fingerprints,
    contents, originals)
  WITH RECURSIVE
  given (id, at_ms, subjects, filters, request, event, original) AS MATERIALIZED (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value -> 5, value ->> 6 FROM json_each(?1)),
  ${KNOWN},
  fresh AS (
    SELECT g.*, (SELECT max(p.bucket) FROM path p WHERE ${GOES_TO('p.bucket')}) AS bucket,
      iif(${isByReceipt('g.id', 'g.at_ms')}, g.at_ms / ${BY_RECEIPT_SPAN_MS}, 0) AS came
    FROM given g WHERE g.id NOT IN (SELECT id FROM known)),
  numbered AS (SELECT *, row_number() OVER (PARTITION BY bucket, came ORDER BY id) - 1 AS nr FROM fresh),
  last (events, stored_at) AS MATERIALIZED (
    SELECT events_before + events, stored_at FROM segments ORDER BY segment DESC LIMIT 1)
  SELECT coalesce((SELECT events FROM last), 0)
      + sum(count(*)) OVER (ORDER BY bucket, came, nr / ${SEGMENT_MAX_EVENTS}) - count(*),
    max(?3, coalesce((SELECT stored_at FROM last), 0)),
    length(bucket), min(id), max(id), min(at_ms), max(at_ms), count(*), ?2,
    json_group_array(id),
    '[' || concat_ws(',', group_concat(DISTINCT filters), group_concat(DISTINCT request), group_concat(DISTINCT subjects)) || ']',
    '[' || group_concat(event) || ']',
    iif(count(original) = 0, NULL, json_group_array(original))
  FROM numbered GROUP BY bucket, came, nr / ${SEGMENT_MAX_EVENTS} ORDER BY bucket, came, nr / ${SEGMENT_MAX_EVENTS}
  RETURNING events`

/**
 * Statements that write the events that are not stored yet.
 *
 * @param writer token of this transaction only
 */
export const insertEvents = (
  db: D1Database,
  events: readonly EventToStore[],
  writer: number,
  nowMs: number,
): D1PreparedStatement[] => inParameters(events).map((json) => db.prepare(INSERT).bind(json, writer, nowMs))

const READ_KNOWN = `
  WITH RECURSIVE given (id) AS MATERIALIZED (SELECT value FROM json_each(?1)),
  ${KNOWN}
  SELECT id FROM known`

/** Returns which of the ids are stored. */
export async function knownIds(db: D1Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const [answer] = await db.batch<{ readonly id: string }>([db.prepare(READ_KNOWN).bind(JSON.stringify(ids))])
  return new Set(answer?.results.map(({ id }) => id))
}

const READ_GIVEN = `
  WITH RECURSIVE given (id) AS MATERIALIZED (SELECT value FROM json_each(?1)),
  ${KNOWN}
  SELECT i.value AS id, json(e.value) AS event, lower(hex(r.wrapped_key)) AS wrapped_key
  FROM near n CROSS JOIN segments b ON b.segment = n.segment CROSS JOIN json_each(b.ids) i
    CROSS JOIN jsonb_each(b.contents) e ON e.key = i.key LEFT JOIN recipients r ON r.recipient = unhex(${column('recipient')})
  WHERE i.value IN (SELECT id FROM given) AND ${HAS_CONTENTS}`

/** The events of ids of the store, sealed, in no order. Those that are not stored, or were blanked, are missing. */
export async function findRows(db: D1Database, ids: readonly string[]): Promise<readonly EventRow[]> {
  const { results } = await db.prepare(READ_GIVEN).bind(JSON.stringify(ids)).all<Found>()
  return results.map(rowOf)
}

const READ_ORIGINALS = `
  WITH RECURSIVE given (id) AS MATERIALIZED (SELECT value FROM json_each(?1)),
  ${KNOWN}
  SELECT i.value AS id, b.originals ->> i.key AS original
  FROM near n CROSS JOIN segments b ON b.segment = n.segment AND b.originals IS NOT NULL CROSS JOIN json_each(b.ids) i
  WHERE i.value IN (SELECT id FROM given) AND original IS NOT NULL`

/** The sealed originals of events, by ids of the store. Those of which none is kept are missing. */
export async function findOriginals(
  db: D1Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = db.prepare(READ_ORIGINALS).bind(JSON.stringify(ids))
  const { results } = await found.all<{ readonly id: string; readonly original: string }>()
  return new Map(results.map(({ id, original }) => [id, original]))
}

const READ_ORIGINALS_IN = `
  SELECT segment, originals FROM segments
  WHERE segment IN (SELECT value FROM json_each(?1)) AND originals IS NOT NULL`

/** The sealed originals of segments, each at the index of its event. */
export async function originalsIn(
  db: D1Database,
  places: readonly { readonly segment: number }[],
): Promise<ReadonlyMap<number, readonly (string | null)[]>> {
  const segments = [...new Set(places.map(({ segment }) => segment))]
  const read = db.prepare(READ_ORIGINALS_IN).bind(JSON.stringify(segments))
  const { results } = await read.all<{ readonly segment: number; readonly originals: string }>()
  return new Map(
    results.map(({ segment, originals }) => [segment, JSON.parse(originals) as (string | null)[]]),
  )
}

/** SQL: the segments of this transaction, which have the highest numbers. Bound to the writer as ?1. */
export const OWN = `
  own (segment) AS (
    SELECT b.segment FROM segments b WHERE b.segment = (SELECT max(segment) FROM segments) AND b.writer = ?1
    UNION ALL
    SELECT b.segment FROM own o CROSS JOIN segments b ON b.segment = o.segment - 1 AND b.writer = ?1)`

/** Number of events that the statements of {@link insertEvents} have written. */
export const insertedCount = (results: readonly D1Result<Record<string, unknown>>[]): number =>
  results.flatMap((result) => result.results).reduce((sum, { events }) => sum + Number(events), 0)

/** The inside of a JSON array; null for an empty one, which `group_concat` leaves out. */
const listed = (fingerprints: readonly string[]): string | null =>
  fingerprints.length === 0 ? null : fingerprints.map((fingerprint) => `"${fingerprint}"`).join(',')

/** JSON arrays, each small enough for one parameter. */
function inParameters(events: readonly EventToStore[]): string[] {
  const parameters: string[][] = [[]]
  let characters = 0
  for (const event of events) {
    const requestId = textIn(event, 'request_id')
    const json = JSON.stringify([
      event.id,
      event.atMs,
      listed(event.subjectFingerprints),
      listed(event.filterFingerprints),
      listed(requestId === null ? [] : [requestFingerprint(requestId)]),
      event.values,
      event.original,
    ])
    const last = parameters.at(-1) ?? []
    if (last.length > 0 && characters + json.length > PARAMETER_MAX_CHARACTERS) {
      parameters.push([json])
      characters = json.length
    } else {
      last.push(json)
      characters += json.length
    }
  }
  return parameters.filter((part) => part.length > 0).map((part) => `[${part.join(',')}]`)
}
