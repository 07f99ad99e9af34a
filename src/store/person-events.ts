/** Counts one person's events in the store, and reads their ids, without opening them. */
import { personFingerprint } from './fingerprint.ts'
import { findSegments } from './inverted-index.ts'
import type { Store } from './store.ts'
import { HAS_CONTENTS, column } from './stored-event.ts'

/** Bound to the person's segments and her blind index. */
const HERS = `FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value CROSS JOIN jsonb_each(b.contents) e
  WHERE ${HAS_CONTENTS} AND ${column('recipient')} = ?2`

export interface EventSum {
  readonly source: string
  readonly count: number
  /** Effective time of the oldest, and of the newest. */
  readonly sinceMs: number
  readonly untilMs: number
}

/** @param person blind index, 32 hex digits */
export const sumEventsOf = (store: Store, person: string): Promise<EventSum[]> =>
  hers<EventSum>(
    store,
    person,
    `SELECT ${column('source')} AS source, count(*) AS count, min(${column('occurred_at')}) AS sinceMs,
      max(${column('occurred_at')}) AS untilMs ${HERS} GROUP BY 1 ORDER BY 1`,
  )

/** The ids of her events that were received last. @param person blind index, 32 hex digits */
export async function latestIdsOf(store: Store, person: string, limit: number): Promise<string[]> {
  const newest = `SELECT b.ids ->> e.key AS id ${HERS} ORDER BY ${column('received_at')} DESC LIMIT ${limit}`
  return (await hers<{ id: string }>(store, person, newest)).map(({ id }) => id)
}

async function hers<Row>(store: Store, person: string, sql: string): Promise<Row[]> {
  const segments = await findSegments(store, personFingerprint(person))
  return (await store.db.prepare(sql).bind(segments, person).all<Row>()).results
}
