/**
 * Finds the bundles of a person or a message by fingerprint.
 *
 * Each bundle lists the fingerprints of its events. A segment is 512 bundles in a row; the transaction that writes its last
 * one turns the 512 lists into 256 parts by the fingerprint's first two digits, so that a look reads one row of each
 * segment and the lists of the unfinished one.
 */
import { OWN } from './bundles.ts'
import type { Store } from './store.ts'

const SEGMENT = 512

/** SQL for the bundles that list a fingerprint, which is a parameter or an expression of the query around it. */
export const bundlesOf = (fingerprint: string): string => `(
  SELECT j.value FROM subjects s CROSS JOIN json_each(s.bundles, '$."' || ${fingerprint} || '"') j
  WHERE s.part = substr(${fingerprint}, 1, 2)
  UNION
  SELECT t.bundle FROM bundles t CROSS JOIN json_each(t.subjects) j
  WHERE t.bundle >= (SELECT max(bundle) + 1 FROM bundles) / ${SEGMENT} * ${SEGMENT} AND j.value = ${fingerprint})`

/** The bundles of a fingerprint, as a JSON array. */
export async function findBundles({ db }: Store, fingerprint: string): Promise<string> {
  const [answer] = await db.batch<{ readonly bundles: string }>([db.prepare(FIND).bind(fingerprint)])
  return answer?.results[0]?.bundles ?? '[]'
}

const FIND = `SELECT json_group_array(value) AS bundles FROM ${bundlesOf('?1')}`

/** Indexes the segments that bundles of this transaction fill. Bound to the writer. */
export const INDEX_FULL_SEGMENTS = `
  WITH RECURSIVE ${OWN}
  INSERT INTO subjects (part, segment, bundles)
  SELECT substr(fingerprint, 1, 2), segment, json_group_object(fingerprint, json(listed)) FROM (
    SELECT o.bundle / ${SEGMENT} AS segment, j.value AS fingerprint, json_group_array(DISTINCT b.bundle) AS listed
    FROM own o CROSS JOIN bundles b ON b.bundle BETWEEN o.bundle - ${SEGMENT - 1} AND o.bundle
      CROSS JOIN json_each(b.subjects) j
    WHERE o.bundle % ${SEGMENT} = ${SEGMENT - 1} GROUP BY 1, 2)
  GROUP BY 1, 2`
