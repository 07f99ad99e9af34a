/** Stored events of given messages in a span of time, unopened: with them a copy is known that has another id. */
import type { MailEvent } from '../event/mail-event.ts'
import { effectiveMs } from '../event/effective-time.ts'
import { timePrefix } from '../event/identity.ts'
import { masksOf } from './masks.ts'
import { BUCKET_DIGITS } from './segments.ts'
import type { Store } from './store.ts'
import { HAS_CONTENTS, column, isOfMessage } from './stored-event.ts'

/** Ids begin with the time, and all ids of a segment share their first digits: so the index of last ids finds the segments of a span. */
const READ = `
  SELECT json_array(${column('message_id')}) AS ids, coalesce(${column('other_message_ids')}, '[]') AS others,
    ${column('type')} AS type, ${column('recipient')} AS recipient, ${column('occurred_at')} AS atMs
  FROM json_each('${JSON.stringify(BUCKET_DIGITS)}') d
    CROSS JOIN segments s ON s.digits = d.value AND s.last_id >= ?2 AND s.last_id < substr(?3, 1, d.value) || 'g'
    CROSS JOIN jsonb_each(s.contents) e
  WHERE ${HAS_CONTENTS} AND ${column('source')} = ?1 AND (${column('origin')} IS NULL) = ?6 AND s.stored_at >= ?7
    AND s.ids ->> e.key NOT IN (SELECT value FROM json_each(?5)) AND ${isOfMessage('?4')}`

interface Row {
  /** JSON, as the next. */
  readonly ids: string
  readonly others: string
  readonly type: string
  readonly recipient: string | null
  readonly atMs: number
}

/** The stored events that are compared. */
interface Among {
  /** Ids of the store that are copies by themselves. */
  readonly known?: Iterable<string>
  readonly among?: 'delivered' | 'fetched'
  readonly storedSinceMs?: number
}

/** Type and recipient: they agree where two events are the same one, beside an id of the message. */
const keyOf = ({ type, recipient }: Pick<Row, 'type' | 'recipient'>): string =>
  JSON.stringify([type, recipient])

/**
 * Tells which of some events are stored under another id: of the same message, type and recipient, and at about the same time. Each
 * stored event is the copy of one at most, so that of two opens both must be there. What is fetched is compared with what the webhook has
 * brought, and the other way round: two of the same way are known by their ids alone.
 *
 * @param events of one source
 */
export async function nearCopies(
  store: Store,
  events: readonly MailEvent[],
  withinMs: number,
  { known = [], among = 'delivered', storedSinceMs = 0 }: Among = {},
): Promise<ReadonlySet<MailEvent>> {
  const [first] = events
  if (first === undefined) return new Set()
  const asked = await Promise.all(
    events.map(async (event) => {
      const { message_id: id, other_message_ids: others } = {
        ...event,
        ...(await masksOf(event, store.people)),
      }
      const recipient = event.recipient === null ? null : await store.people.indexOf(event.recipient)
      return { event, atMs: effectiveMs(event), ids: [...(id === null ? [] : [id]), ...others], recipient }
    }),
  )
  const times = asked.map(({ atMs }) => atMs)
  const { results } = await store.db
    .prepare(READ)
    .bind(
      first.source,
      timePrefix(Math.min(...times) - withinMs),
      timePrefix(Math.max(...times) + withinMs),
      JSON.stringify([...new Set(asked.flatMap(({ ids }) => ids))]),
      JSON.stringify([...known]),
      among === 'delivered' ? 1 : 0,
      storedSinceMs,
    )
    .all<Row>()
  const stored = Map.groupBy(
    results.map((row) => ({ ...row, ids: [...idsIn(row.ids), ...idsIn(row.others)] })),
    keyOf,
  )
  const copies = new Set<MailEvent>()
  for (const { event, ids, recipient, atMs } of asked) {
    const candidates = stored.get(keyOf({ type: event.type, recipient })) ?? []
    const [nearest] = candidates
      .filter((one) => one.ids.some((id) => id !== null && ids.includes(id)))
      .map((one) => ({ one, apartMs: Math.abs(one.atMs - atMs) }))
      .toSorted((a, b) => a.apartMs - b.apartMs)
    if (nearest === undefined || nearest.apartMs > withinMs) continue
    candidates.splice(candidates.indexOf(nearest.one), 1)
    copies.add(event)
  }
  return copies
}

const idsIn = (json: string) => JSON.parse(json) as (string | null)[]
