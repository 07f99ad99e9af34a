/** Stored events of given messages in a span of time, unopened: with them a copy is known that has another id. */
import type { MailEvent } from '../event/mail-event.ts'
import { effectiveMs } from '../event/effective-time.ts'
import { timePrefix } from '../event/identity.ts'
import { masksOf } from './masks.ts'
import { BUCKET_DIGITS } from './segments.ts'
import type { Store } from './store.ts'
import { HAS_CONTENTS, column } from './stored-event.ts'

/** Ids begin with the time, and all ids of a segment share their first digits: so the index of last ids finds the segments of a span. */
const READ = `
  SELECT ${column('message_id')} AS message, ${column('type')} AS type, ${column('recipient')} AS recipient,
    ${column('occurred_at')} AS atMs
  FROM json_each('${JSON.stringify(BUCKET_DIGITS)}') d
    CROSS JOIN segments s ON s.digits = d.value AND s.last_id >= ?2 AND s.last_id < substr(?3, 1, d.value) || 'g'
    CROSS JOIN jsonb_each(s.contents) e
  WHERE ${HAS_CONTENTS} AND ${column('source')} = ?1
    AND ${column('message_id')} IN (SELECT value FROM json_each(?4))`

interface Near {
  readonly message: string
  readonly type: string
  readonly recipient: string | null
  readonly atMs: number
}

/** Message, type and recipient: they agree where two events are the same one. */
const keyOf = ({ message, type, recipient }: Omit<Near, 'atMs'>): string =>
  JSON.stringify([message, type, recipient])

/**
 * Tells which of some events are stored under another id: of the same message, type and recipient, and at about the same time. Each stored
 * event is the copy of one at most, so that of two opens both must be there.
 *
 * @param events of one source
 */
export async function nearCopies(
  store: Store,
  events: readonly MailEvent[],
  withinMs: number,
): Promise<ReadonlySet<MailEvent>> {
  const [first] = events
  if (first === undefined) return new Set()
  const asked = await Promise.all(
    events.map(async (event) => {
      const { message_id: message } = { ...event, ...(await masksOf(event, store.people)) }
      const recipient = event.recipient === null ? null : await store.people.indexOf(event.recipient)
      return { event, atMs: effectiveMs(event), message: message ?? '', type: event.type, recipient }
    }),
  )
  const times = asked.map(({ atMs }) => atMs)
  const messages = [...new Set(asked.map(({ message }) => message))]
  const { results } = await store.db
    .prepare(READ)
    .bind(
      first.source,
      timePrefix(Math.min(...times) - withinMs),
      timePrefix(Math.max(...times) + withinMs),
      JSON.stringify(messages),
    )
    .all<Near>()
  const stored = Map.groupBy(results, keyOf)
  const copies = new Set<MailEvent>()
  for (const { event, ...one } of asked) {
    const candidates = stored.get(keyOf(one)) ?? []
    const nearest = candidates.reduce(
      (best, { atMs }, i) =>
        Math.abs(atMs - one.atMs) < Math.abs((candidates[best]?.atMs ?? Infinity) - one.atMs) ? i : best,
      0,
    )
    const found = candidates[nearest]
    if (found === undefined || Math.abs(found.atMs - one.atMs) > withinMs) continue
    candidates.splice(nearest, 1)
    copies.add(event)
  }
  return copies
}
