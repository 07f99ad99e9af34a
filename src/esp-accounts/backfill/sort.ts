/** Sorts a page of an ESP's past events: read by the provider, inside the span, and not in the store yet. */
import type { PastEventsDriver, Span } from '../../drivers/driver.ts'
import { BACKFILL, BACKFILL_FORWARDED, NO_CHECKS } from '../../event/decision.ts'
import { effectiveMs } from '../../event/effective-time.ts'
import type { DeliveryFacts, QueuedEvent } from '../../event/envelope.ts'
import type { Json } from '../../platform/json.ts'
import { toInstant } from '../../platform/time.ts'
import { providerNamed } from '../../providers/index.ts'
import { QUARANTINED_ITEMS_MAX } from '../../providers/shared/quarantine.ts'
import { type Understood, understand } from '../../providers/shared/understand.ts'
import { nearCopies } from '../../store/near-events.ts'
import { knownIds } from '../../store/segments.ts'
import type { Store } from '../../store/store.ts'
import type { OpenAccount } from '../parts.ts'

export interface Sorted {
  /** Events in the span. */
  readonly found: number
  readonly known: number
  readonly fresh: readonly QueuedEvent[]
  /** Of the fresh ones, in the store. */
  readonly freshIds: readonly string[]
  /** Items that the provider does not understand. */
  readonly unreadable: number
}

/** The facts of a page: the ESP's API, asked with the key of the source, has said it. */
export const deliveryOf = (
  { name, config }: OpenAccount,
  requestId: string,
  isForwarded: boolean,
  nowMs: number,
): DeliveryFacts => ({
  request_id: requestId,
  source: name,
  provider: config.provider,
  received_at: toInstant(nowMs),
  methods: ['esp_api'],
  checks: NO_CHECKS,
  alerts: [],
  degraded: null,
  origin: isForwarded ? BACKFILL_FORWARDED : BACKFILL,
})

/**
 * @param items as the webhook would have brought them
 * @param before ids of the store that this page had as new when it was read before, and its place was lost
 * @param rest between parts of the page: whatever shares the thread would wait for the whole page
 */
export async function sortPage(
  items: readonly Json[],
  { sinceMs, untilMs }: Span,
  past: PastEventsDriver,
  delivery: DeliveryFacts,
  store: Store,
  keepsOriginals: boolean,
  before: ReadonlySet<string>,
  rest: () => Promise<void>,
): Promise<Sorted> {
  const provider = providerNamed(delivery.provider)
  if (provider === undefined) throw new TypeError('the provider is unknown')
  const body = {
    bytes: new Uint8Array(),
    contentType: null,
    query: new URLSearchParams(),
    verifiedHeaders: new Map<string, string>(),
  }
  // More unreadable items at once would be one record.
  const parts: Understood[] = []
  for (let from = 0; from < items.length; from += QUARANTINED_ITEMS_MAX) {
    const some = items.slice(from, from + QUARANTINED_ITEMS_MAX)
    parts.push(await understand(provider, some, body, delivery, keepsOriginals))
    await rest()
  }
  // Some ESPs answer whole days.
  const all = new Map(parts.flatMap((part) => part.events).map((event) => [event.id, event]))
  const events = [...all.values()].filter((event) => {
    const atMs = effectiveMs(event)
    return atMs >= sinceMs && atMs < untilMs
  })
  const ids = await Promise.all(events.map(({ id }) => store.ids('store').of(id)))
  const stored = await knownIds(store.db, ids)
  const isNew = new Set(events.filter((_, i) => before.has(ids[i] ?? '')))
  const unknown = events.filter((event, i) => !isNew.has(event) && !stored.has(ids[i] ?? ''))
  const copies =
    past.copies === 'same_id'
      ? new Set()
      : await nearCopies(store, unknown, past.copies.withinSeconds * 1_000, stored)
  for (const event of unknown) if (!copies.has(event)) isNew.add(event)
  const fresh = events.filter((event) => isNew.has(event))
  return {
    found: events.length,
    known: events.length - fresh.length,
    fresh,
    freshIds: ids.filter((_, i) => isNew.has(events[i] as QueuedEvent)),
    unreadable: parts.reduce((sum, { quarantined }) => sum + quarantined.length, 0),
  }
}
