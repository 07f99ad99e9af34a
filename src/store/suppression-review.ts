/** Reads suppressions for a review, with their events, and lifts single reasons. */
import { column, type EventRow, type Found, HAS_CONTENTS, rowOf } from './stored-event.ts'
import { fromCursor, page } from './cursor.ts'
import { messageFingerprint, personFingerprint } from './fingerprint.ts'
import { segmentsOfEach } from './inverted-index.ts'
import type { Store } from './store.ts'
import { mayBeTheAddress } from './suppression-reasons.ts'
import { type Row, SELECTED } from './suppressions.ts'

/** Reasons that one event of an ESP causes. A run of soft bounces is several. */
const REVIEWED = `('hard_bounce', 'spam_report', 'unsubscribe')`

export interface ReviewedRow extends Row {
  readonly reason: 'hard_bounce' | 'spam_report' | 'unsubscribe'
  readonly source: string
  readonly event_id: string
  readonly native_type: string
}

const FROM = `SELECT ${SELECTED} FROM suppressions s JOIN recipients r ON r.recipient = s.recipient
  WHERE s.active AND s.event_id > '' AND s.source IS NOT NULL AND s.native_type IS NOT NULL AND s.reason IN ${REVIEWED}`

/**
 * A page in an order that no change disturbs.
 *
 * @throws {CursorMalformed}
 */
export async function reviewedPage(
  { db }: Store,
  cursor: string | undefined,
  limit: number,
): Promise<ReturnType<typeof page<ReviewedRow>>> {
  const [recipient = '', reason = ''] = cursor === undefined ? [] : fromCursor(cursor).id.split('/')
  const { results } = await db
    .prepare(`${FROM} AND (s.recipient, s.reason) > (unhex(?1), ?2) ORDER BY s.recipient, s.reason LIMIT ?3`)
    .bind(recipient, reason, limit + 1)
    .all<ReviewedRow>()
  return page(results, limit, positionOf)
}

/** The position of a row in that order. */
export const positionOf = (row: Pick<Row, 'recipient' | 'reason'>) => ({
  atMs: 0,
  id: `${row.recipient}/${row.reason}`,
})

/** An entry as somebody saw it. */
export interface SeenEntry {
  readonly recipient: string
  readonly reason: string
  readonly asOfMs: number
}

const SEEN = `SELECT unhex(value ->> 'recipient') AS recipient, value ->> 'reason' AS reason, value ->> 'asOfMs' AS as_of
  FROM json_each(?1)`

/** Entries that have no newer evidence since they were seen. */
export async function reviewedOf({ db }: Store, seen: readonly SeenEntry[]): Promise<ReviewedRow[]> {
  const statement = db.prepare(`${FROM} AND (s.recipient, s.reason, s.as_of) IN (${SEEN})`)
  return (await statement.bind(JSON.stringify(seen)).all<ReviewedRow>()).results
}

/** Events of each person, or of each message, that are read at most. */
export const EVIDENCE_MAX = 20

const SUPPRESSES = `(${column('type')} IN ('email.spam_reported', 'email.unsubscribed')
  OR (${column('type')} = 'email.bounced' AND ${column('bounce_type')} = 'hard'
    AND ${mayBeTheAddress(column('cause'))}))`

const ENDS = `${column('type')} IN ('email.delivered', 'email.bounced', 'email.spam_reported', 'email.unsubscribed')`

/** Bound to fingerprints and to what the column must have, as JSON arrays. */
const eventsBy = (name: 'recipient' | 'message_id', wanted: string, each: string): string => `
  WITH asked AS MATERIALIZED (SELECT DISTINCT value AS fingerprint FROM json_each(?1)),
  listed AS MATERIALIZED (${segmentsOfEach('asked')}),
  found AS MATERIALIZED (
    SELECT b.ids ->> e.key AS id, json(e.value) AS event, ${column('recipient')} AS recipient,
      row_number() OVER (PARTITION BY ${each} ORDER BY ${column('occurred_at')} DESC) AS nr
    FROM listed l CROSS JOIN segments b ON b.segment = l.segment CROSS JOIN jsonb_each(b.contents) e
    WHERE ${HAS_CONTENTS} AND ${wanted} AND ${column(name)} IN (SELECT value FROM json_each(?2)))
  SELECT f.id, f.event, lower(hex(r.wrapped_key)) AS wrapped_key
  FROM found f LEFT JOIN recipients r ON r.recipient = unhex(f.recipient) WHERE f.nr <= ${EVIDENCE_MAX}`

const OF_PEOPLE = eventsBy('recipient', SUPPRESSES, `${column('recipient')}, ${column('type')}`)
const OF_MESSAGES = eventsBy('message_id', ENDS, column('message_id'))

async function rowsOf(
  { db }: Store,
  sql: string,
  fingerprints: readonly string[],
  values: readonly string[],
) {
  if (values.length === 0) return []
  const statement = db.prepare(sql).bind(JSON.stringify(fingerprints), JSON.stringify(values))
  return (await statement.all<Found & Record<string, unknown>>()).results.map(rowOf)
}

/** Events that suppress the people: of each person and type the newest. */
export const suppressingEvents = (store: Store, people: readonly string[]): Promise<EventRow[]> =>
  rowsOf(store, OF_PEOPLE, people.map(personFingerprint), people)

/** Events that tell how messages ended: of each message the newest. */
export const endsOfMessages = async (store: Store, ids: readonly string[]): Promise<EventRow[]> =>
  rowsOf(store, OF_MESSAGES, await Promise.all(ids.map(messageFingerprint)), ids)

/**
 * Lifts entries that have no newer evidence since, and no other of the same people. Evidence that is delivered later but happened before
 * does not count, as with any lifting.
 *
 * @param by the operator of each, and why
 * @returns how many it lifted
 */
export async function liftEntries(
  { db }: Store,
  seen: readonly (SeenEntry & { readonly by: string })[],
  nowMs: number,
): Promise<number> {
  const { meta } = await db
    .prepare(
      `UPDATE suppressions AS s SET since = NULL, as_of = NULL, lifted_at = max(s.lifted_at, ?2), lifted_by = j.value ->> 'by'
       FROM json_each(?1) j WHERE s.recipient = unhex(j.value ->> 'recipient') AND s.reason = j.value ->> 'reason'
         AND s.as_of = j.value ->> 'asOfMs' AND s.active`,
    )
    .bind(JSON.stringify(seen), nowMs)
    .run()
  return meta.changes
}
