/**
 * Writes events in segments, each event once: a row for up to 128 events instead of one for each.
 *
 * Ids begin with their time, so a number of leading digits is a span of time: six are 4.7 hours, seven 17 minutes, eight a
 * minute, and on down to a millisecond and a part of one. All ids of a segment share their first digits; those that do make
 * up a bucket, and a bucket takes 256 segments. An event goes to the widest bucket on its own path that is not full, from six
 * digits on. So a batch of whatever times writes few segments; and whether an event is known is decided by the ids of a few
 * buckets, full ones on its path and the one that it would go to, however many events are stored.
 */
import { FIRST_TIMED_ID } from '../event/identity.ts'
import type { EventToStore } from './stored-event.ts'

export const SEGMENT_MAX_EVENTS = 128

/** D1 takes no parameter over 2,000,000 bytes. A single event may be larger than this, see `EVENT_MAX_BYTES`. */
const PARAMETER_MAX_CHARACTERS = 500_000

export const BUCKET_MAX_SEGMENTS = 256

/**
 * The digits of buckets, from wide to narrow. Past those of the time come two of the hash, and when even these buckets are
 * full, the whole id: then each event is a segment of its own.
 */
export const BUCKET_DIGITS = [6, 7, 8, 9, 10, 11, 12, 13, 14, 44] as const

/** Where the path of an id begins. Ids without a time share twelve zeros, and nothing with the others. */
const FIRST_DIGITS = `iif(id < '${FIRST_TIMED_ID}', 12, ${BUCKET_DIGITS[0]})`

const NEXT_DIGITS = `CASE length(p.bucket) ${BUCKET_DIGITS.slice(1)
  .map((next, i) => `WHEN ${BUCKET_DIGITS[i]} THEN ${next}`)
  .join(' ')} END`

/** SQL: whether an id tells another time than the effective one, or none. Such events have segments of their own. */
export const isByReceipt = (id: string, ms: string): string =>
  `substr(${id}, 1, 12) <> printf('%012x', ${ms})`

/** The widest span of the times in one segment of events that {@link isByReceipt} holds for. */
export const BY_RECEIPT_SPAN_MS = 3_600_000

/** Ids are hex, so that all which begin with a bucket's digits come before these with a `g`. */
const inBucket = (bucket: string): string =>
  `b.digits = length(${bucket}) AND b.last_id < ${bucket} || 'g' AND b.last_id >=`

const GOES_TO = (bucket: string): string => `substr(g.id, 1, length(${bucket})) = ${bucket}`

/** Bound to events as JSON and the writer; answers with the number of events in each segment that it wrote. */
const INSERT = `
  INSERT INTO segments (digits, first_id, last_id, first_ms, last_ms, events, writer, ids, fingerprints, contents)
  WITH RECURSIVE
  given (id, at_ms, subjects, filters, event) AS MATERIALIZED (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4 FROM json_each(?1)),
  path (bucket) AS MATERIALIZED (
    SELECT substr(id, 1, ${FIRST_DIGITS}) FROM given
    UNION
    SELECT substr(g.id, 1, ${NEXT_DIGITS}) FROM path p CROSS JOIN given g ON ${GOES_TO('p.bucket')}
    WHERE (SELECT count(*) FROM (
      SELECT 1 FROM segments b WHERE ${inBucket('p.bucket')} p.bucket LIMIT ${BUCKET_MAX_SEGMENTS})) = ${BUCKET_MAX_SEGMENTS}),
  spans (bucket, low, high) AS MATERIALIZED (
    SELECT p.bucket, min(g.id), max(g.id) FROM path p CROSS JOIN given g ON ${GOES_TO('p.bucket')}
    GROUP BY p.bucket, substr(g.id, length(p.bucket) + 1, 1)),
  near (segment) AS MATERIALIZED (
    SELECT DISTINCT b.segment FROM spans s CROSS JOIN segments b ON ${inBucket('s.bucket')} s.low AND b.first_id <= s.high),
  known (id) AS MATERIALIZED (
    SELECT i.value FROM near n CROSS JOIN segments b ON b.segment = n.segment CROSS JOIN json_each(b.ids) i
    WHERE i.value IN (SELECT id FROM given)),
  fresh AS (
    SELECT g.*, (SELECT max(p.bucket) FROM path p WHERE ${GOES_TO('p.bucket')}) AS bucket,
      iif(${isByReceipt('g.id', 'g.at_ms')}, g.at_ms / ${BY_RECEIPT_SPAN_MS}, 0) AS came
    FROM given g WHERE g.id NOT IN (SELECT id FROM known)),
  numbered AS (SELECT *, row_number() OVER (PARTITION BY bucket, came ORDER BY id) - 1 AS nr FROM fresh)
  SELECT length(bucket), min(id), max(id), min(at_ms), max(at_ms), count(*), ?2,
    json_group_array(id), '[' || concat_ws(',', group_concat(DISTINCT filters), group_concat(subjects)) || ']', '[' || group_concat(event) || ']'
  FROM numbered GROUP BY bucket, came, nr / ${SEGMENT_MAX_EVENTS}
  RETURNING events`

/**
 * Statements that write those of the events which are not there yet.
 *
 * @param writer token of the transaction, and of no other
 */
export const insertEvents = (
  db: D1Database,
  events: readonly EventToStore[],
  writer: number,
): D1PreparedStatement[] => inParameters(events).map((json) => db.prepare(INSERT).bind(json, writer))

/** SQL: the segments of this transaction, which are the last ones. Bound to the writer as ?1. */
export const OWN = `
  own (segment) AS (
    SELECT b.segment FROM segments b WHERE b.segment = (SELECT max(segment) FROM segments) AND b.writer = ?1
    UNION ALL
    SELECT b.segment FROM own o CROSS JOIN segments b ON b.segment = o.segment - 1 AND b.writer = ?1)`

/** How many events the statements of {@link insertEvents} have written. */
export const insertedCount = (results: readonly D1Result<Record<string, unknown>>[]): number =>
  results.flatMap((result) => result.results).reduce((sum, { events }) => sum + Number(events), 0)

/** The inside of a JSON array; null for an empty one, which `group_concat` leaves out. */
const listed = (fingerprints: readonly string[]): string | null =>
  fingerprints.length === 0 ? null : fingerprints.map((fingerprint) => `"${fingerprint}"`).join(',')

/** JSON arrays, each of a size that one parameter takes. */
function inParameters(events: readonly EventToStore[]): string[] {
  const parameters: string[][] = [[]]
  let characters = 0
  for (const { id, atMs, subjectFingerprints, filterFingerprints, values } of events) {
    const json = JSON.stringify([id, atMs, listed(subjectFingerprints), listed(filterFingerprints), values])
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
