/** Sorts a page of an ESP's past events: read by the provider, inside the span, and not in the store yet. */
import type { PastEventsDriver, Span } from '../../drivers/driver.ts'
import { BACKFILL, BACKFILL_FORWARDED, NO_CHECKS } from '../../event/decision.ts'
import { effectiveMs } from '../../event/effective-time.ts'
import type { DeliveryFacts, QueuedEvent } from '../../event/envelope.ts'
import type { Json } from '../../platform/json.ts'
import { toInstant } from '../../platform/time.ts'
import { providerNamed } from '../../providers/index.ts'
import { understand } from '../../providers/shared/understand.ts'
import { nearCopies } from '../../store/near-events.ts'
import { knownIds } from '../../store/segments.ts'
import type { Store } from '../../store/store.ts'
import type { OpenAccount } from '../parts.ts'

export interface Sorted {
  /** Events in the span. */
  readonly found: number
  readonly known: number
  readonly fresh: readonly QueuedEvent[]
  /** Time of the earliest and of the latest that was found; infinite if there is none. */
  readonly fromMs: number
  readonly toMs: number
  /** Items that the provider does not understand. */
  readonly unreadable: number
}

/** Fewer than the unreadable items that become one record. */
const PART_ITEMS = 25

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
 * @param rest between parts of the page: whatever shares the thread would wait for the whole page
 */
export async function sortPage(
  items: readonly Json[],
  { sinceMs, untilMs }: Span,
  past: PastEventsDriver,
  delivery: DeliveryFacts,
  store: Store,
  keepsOriginals: boolean,
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
  const all = new Set<string>()
  const unknown: QueuedEvent[] = []
  const stored = new Set<string>()
  let unreadable = 0
  let [fromMs, toMs] = [Infinity, -Infinity]
  for (let from = 0; from < items.length; from += PART_ITEMS) {
    const part = items.slice(from, from + PART_ITEMS)
    const { events, quarantined } = await understand(provider, part, body, delivery, keepsOriginals)
    unreadable += quarantined.length
    // Some ESPs answer whole days.
    const own = events.filter((event) => {
      const atMs = effectiveMs(event)
      return atMs >= sinceMs && atMs < untilMs && !all.has(event.id)
    })
    const ids = await Promise.all(own.map(({ id }) => store.ids('store').of(id)))
    const known = await knownIds(store.db, ids)
    for (const id of known) stored.add(id)
    for (const [i, event] of own.entries()) {
      all.add(event.id)
      fromMs = Math.min(fromMs, effectiveMs(event))
      toMs = Math.max(toMs, effectiveMs(event))
      if (!known.has(ids[i] ?? '')) unknown.push(event)
    }
    await rest()
  }
  const copies =
    past.copies === 'same_id'
      ? new Set()
      : await nearCopies(store, unknown, past.copies.withinSeconds * 1_000, { known: stored })
  const fresh = unknown.filter((event) => !copies.has(event))
  return {
    found: all.size,
    known: all.size - fresh.length,
    fresh,
    fromMs,
    toMs,
    unreadable,
  }
}
