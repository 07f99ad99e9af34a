/**
 * Finds the segments of a person, a message, a source or a type by fingerprint.
 *
 * Each segment lists the fingerprints of its events. A block is 512 consecutive segments. The transaction that writes its last
 * segment turns the 512 lists into 256 rows, by the first two digits of the fingerprint. A search reads one row of each block,
 * and the lists of the segments in the unfinished block.
 */
import type { Position } from './cursor.ts'
import { messageFingerprint } from './fingerprint.ts'
import { OWN } from './segments.ts'
import type { Store } from './store.ts'

const BLOCK_SEGMENTS = 512

/** SQL: whether a segment `t` is of the block that is not full yet and lists a fingerprint. Fingerprints have no quotes. */
const isUnfinished = (fingerprint: string): string => `
  t.segment >= (SELECT max(segment) + 1 FROM segments) / ${BLOCK_SEGMENTS} * ${BLOCK_SEGMENTS}
  AND instr(t.fingerprints, '"' || ${fingerprint} || '"')`

const pathOf = (fingerprint: string): string => `'$."' || ${fingerprint} || '"'`

/** SQL for the segments that list a fingerprint, which is a parameter or an expression of the query around it. */
export const segmentsOf = (fingerprint: string): string => `(
  SELECT j.value FROM inverted_index s CROSS JOIN json_each(s.segments, ${pathOf(fingerprint)}) j
  WHERE s.part = substr(${fingerprint}, 1, 2)
  UNION
  SELECT t.segment FROM segments t WHERE ${isUnfinished(fingerprint)})`

/** SQL: a query for the segments that list one of the fingerprints in the column `fingerprint` of a table, each once. */
export const segmentsOfEach = (table: string): string => `
  SELECT j.value AS segment FROM ${table} g CROSS JOIN inverted_index s ON s.part = substr(g.fingerprint, 1, 2)
    CROSS JOIN json_each(s.segments, ${pathOf('g.fingerprint')}) j
  UNION
  SELECT t.segment FROM ${table} g CROSS JOIN segments t ON ${isUnfinished('g.fingerprint')}`

/** The segments of a fingerprint, as a JSON array. */
export async function findSegments({ db }: Store, fingerprint: string): Promise<string> {
  const [answer] = await db.batch<{ readonly segments: string }>([db.prepare(FIND).bind(fingerprint)])
  return answer?.results[0]?.segments ?? '[]'
}

/** The segments of a message by its ids, as a JSON array. */
export async function segmentsOfMessage(store: Store, ids: readonly string[]): Promise<string> {
  const found = await Promise.all(
    ids.map(async (id) => JSON.parse(await findSegments(store, await messageFingerprint(id))) as number[]),
  )
  return JSON.stringify([...new Set(found.flat())])
}

const FIND = `SELECT json_group_array(value) AS segments FROM ${segmentsOf('?1')}`

export interface NewestSegments {
  /** JSON array. */
  readonly segments: string
  /** The list holds all segments of events at or after this time; null when it holds the whole span. */
  readonly from_ms: number | null
}

/**
 * The newest segments of a span of time that list one of the fingerprints.
 *
 * @param count how many that are wholly before the end of the span; those that reach beyond it come on top
 */
export async function findNewestSegments(
  { db }: Store,
  fingerprints: readonly string[],
  { since, before }: { readonly since: Position; readonly before: Position },
  count: number,
): Promise<NewestSegments> {
  const find = db.prepare(FIND_NEWEST).bind(JSON.stringify(fingerprints), since.atMs, before.atMs, count)
  const [answer] = await db.batch<NewestSegments>([find])
  return answer?.results[0] ?? { segments: '[]', from_ms: null }
}

/**
 * Bound to the fingerprints, the span and the count. Rows of the index are taken from the newest on, until they list enough
 * segments; then of these segments the newest. So a search reads few segments, however many list the fingerprint.
 */
const FIND_NEWEST = `
  WITH listed AS MATERIALIZED (
    SELECT s.last_ms, s.segments -> (${pathOf('f.value')}) AS segments
    FROM json_each(?1) f CROSS JOIN inverted_index s ON s.part = substr(f.value, 1, 2) AND s.last_ms >= ?2 AND s.first_ms <= ?3
    WHERE s.segments -> (${pathOf('f.value')}) IS NOT NULL),
  counted AS (SELECT *, iif(last_ms < ?3, json_array_length(segments), 0) AS n FROM listed),
  ranked AS MATERIALIZED (
    SELECT *, sum(n) OVER (ORDER BY last_ms DESC) - sum(n) OVER (PARTITION BY last_ms) AS ahead FROM counted),
  candidates AS (
    SELECT j.value AS segment FROM ranked k CROSS JOIN json_each(k.segments) j WHERE k.ahead < ?4
    UNION
    SELECT t.segment FROM json_each(?1) f CROSS JOIN segments t WHERE ${isUnfinished('f.value')}),
  found AS MATERIALIZED (
    SELECT b.segment, b.last_ms FROM candidates c CROSS JOIN segments b ON b.segment = c.segment
    WHERE b.last_ms >= ?2 AND b.first_ms <= ?3),
  oldest (ms) AS MATERIALIZED (
    SELECT max(ms) FROM (
      SELECT max(last_ms) + 1 AS ms FROM ranked WHERE ahead >= ?4
      UNION ALL
      SELECT * FROM (SELECT last_ms FROM found WHERE last_ms < ?3 ORDER BY last_ms DESC LIMIT 1 OFFSET ?4 - 1)))
  SELECT json_group_array(segment) AS segments, (SELECT ms FROM oldest) AS from_ms
  FROM found WHERE last_ms >= coalesce((SELECT ms FROM oldest), 0)`

/** Indexes the blocks that segments of this transaction fill. Bound to the writer. */
export const INDEX_FULL_BLOCKS = `
  WITH RECURSIVE ${OWN}
  INSERT INTO inverted_index (part, block, first_ms, last_ms, segments)
  SELECT substr(fingerprint, 1, 2), block, min(first_ms), max(last_ms), json_group_object(fingerprint, json(listed)) FROM (
    SELECT o.segment / ${BLOCK_SEGMENTS} AS block, j.value AS fingerprint, min(b.first_ms) AS first_ms,
      max(b.last_ms) AS last_ms, json_group_array(DISTINCT b.segment) AS listed
    FROM own o CROSS JOIN segments b ON b.segment BETWEEN o.segment - ${BLOCK_SEGMENTS - 1} AND o.segment
      CROSS JOIN json_each(b.fingerprints) j
    WHERE o.segment % ${BLOCK_SEGMENTS} = ${BLOCK_SEGMENTS - 1} GROUP BY 1, 2)
  GROUP BY 1, 2`

/** Adds the fingerprints of replaced events, in segments of blocks that are full. Bound as the replacing. */
export const ADD_TO_INDEX = `
  WITH added AS MATERIALIZED (
    SELECT DISTINCT b.segment, b.segment / ${BLOCK_SEGMENTS} AS block, f.value AS fingerprint, b.first_ms, b.last_ms
    FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value ->> 0 CROSS JOIN json_each(j.value -> 5) f
    WHERE b.segment < (SELECT max(segment) + 1 FROM segments) / ${BLOCK_SEGMENTS} * ${BLOCK_SEGMENTS}),
  listed AS (
    SELECT a.block, a.fingerprint, min(a.first_ms) AS first_ms, max(a.last_ms) AS last_ms, (
      SELECT json_group_array(segment) FROM (
        SELECT j.value AS segment FROM inverted_index s CROSS JOIN json_each(s.segments, ${pathOf('a.fingerprint')}) j
        WHERE s.part = substr(a.fingerprint, 1, 2) AND s.block = a.block
        UNION
        SELECT n.segment FROM added n WHERE n.block = a.block AND n.fingerprint = a.fingerprint)) AS segments
    FROM added a GROUP BY a.block, a.fingerprint)
  INSERT INTO inverted_index (part, block, first_ms, last_ms, segments)
  SELECT substr(fingerprint, 1, 2), block, min(first_ms), max(last_ms), json_group_object(fingerprint, json(segments))
  FROM listed GROUP BY 1, 2
  ON CONFLICT (part, block) DO UPDATE SET first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms),
    segments = json_patch(segments, excluded.segments)`

/** Removes the blocks that have no segment left, of the segments bound as a JSON array. */
export const REMOVE_EMPTY_BLOCKS = `
  DELETE FROM inverted_index WHERE (part, block) IN (
    SELECT p.value, b.block FROM (SELECT DISTINCT value / ${BLOCK_SEGMENTS} AS block FROM json_each(?1)) b
      CROSS JOIN json_each('${JSON.stringify(Array.from({ length: 256 }, (_, part) => part.toString(16).padStart(2, '0')))}') p
    WHERE NOT EXISTS (
      SELECT 1 FROM segments s
      WHERE s.segment BETWEEN b.block * ${BLOCK_SEGMENTS} AND b.block * ${BLOCK_SEGMENTS} + ${BLOCK_SEGMENTS - 1}))`

/**
 * Takes fingerprints out of the index where the segments that it names no longer list them. Bound to those segments and the
 * fingerprints, as JSON arrays.
 */
export const REMOVE_UNLISTED = `
  UPDATE inverted_index AS s SET segments = (
    SELECT json_group_object(key, json(listed)) FROM (
      SELECT k.key, iif(k.key IN (SELECT value FROM json_each(?2)), (
        SELECT json_group_array(j.value) FROM json_each(k.value) j CROSS JOIN segments t ON t.segment = j.value
        WHERE instr(t.fingerprints, '"' || k.key || '"')), k.value) AS listed
      FROM json_each(s.segments) k)
    WHERE listed <> '[]')
  WHERE (part, block) IN (
    SELECT DISTINCT substr(f.value, 1, 2), b.value / ${BLOCK_SEGMENTS} FROM json_each(?1) b CROSS JOIN json_each(?2) f)`
