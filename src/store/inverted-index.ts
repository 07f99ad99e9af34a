/**
 * Finds the segments of a person or a message by fingerprint.
 *
 * Each segment lists the fingerprints of its events. A block is 512 segments in a row; the transaction that writes its last
 * one turns the 512 lists into 256 parts by the fingerprint's first two digits, so that a look reads one row of each
 * block and the lists of the unfinished one.
 */
import { OWN } from './segments.ts'
import type { Store } from './store.ts'

const BLOCK_SEGMENTS = 512

/** SQL for the segments that list a fingerprint, which is a parameter or an expression of the query around it. */
export const segmentsOf = (fingerprint: string): string => `(
  SELECT j.value FROM inverted_index s CROSS JOIN json_each(s.segments, '$."' || ${fingerprint} || '"') j
  WHERE s.part = substr(${fingerprint}, 1, 2)
  UNION
  SELECT t.segment FROM segments t CROSS JOIN json_each(t.fingerprints) j
  WHERE t.segment >= (SELECT max(segment) + 1 FROM segments) / ${BLOCK_SEGMENTS} * ${BLOCK_SEGMENTS} AND j.value = ${fingerprint})`

/** The segments of a fingerprint, as a JSON array. */
export async function findSegments({ db }: Store, fingerprint: string): Promise<string> {
  const [answer] = await db.batch<{ readonly segments: string }>([db.prepare(FIND).bind(fingerprint)])
  return answer?.results[0]?.segments ?? '[]'
}

const FIND = `SELECT json_group_array(value) AS segments FROM ${segmentsOf('?1')}`

/** Indexes the blocks that segments of this transaction fill. Bound to the writer. */
export const INDEX_FULL_BLOCKS = `
  WITH RECURSIVE ${OWN}
  INSERT INTO inverted_index (part, block, segments)
  SELECT substr(fingerprint, 1, 2), block, json_group_object(fingerprint, json(listed)) FROM (
    SELECT o.segment / ${BLOCK_SEGMENTS} AS block, j.value AS fingerprint, json_group_array(DISTINCT b.segment) AS listed
    FROM own o CROSS JOIN segments b ON b.segment BETWEEN o.segment - ${BLOCK_SEGMENTS - 1} AND o.segment
      CROSS JOIN json_each(b.fingerprints) j
    WHERE o.segment % ${BLOCK_SEGMENTS} = ${BLOCK_SEGMENTS - 1} GROUP BY 1, 2)
  GROUP BY 1, 2`
