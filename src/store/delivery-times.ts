/** How long mail takes from sent to delivered, by source, among the newest events. It reads them without opening them. */
import { listEventRows } from './events.ts'
import type { EventRow } from './stored-event.ts'
import type { Store } from './store.ts'

/** Events of any type that are read: two reads, each for one type, take twice as long. */
export const TIMES_SAMPLE = 1_000

export interface DeliveryTimes {
  readonly source: string
  readonly provider: string
  /** Deliveries in the sample. */
  readonly delivered: number
  /** Deliveries of which it is known when they were sent. */
  readonly timed: number
  /** Null if nothing was timed. */
  readonly medianMs: number | null
  /** Nine of ten took no longer. */
  readonly slowMs: number | null
}

/** The slowest source first. An ESP that does not report what was sent has no times. */
export async function deliveryTimes(
  store: Store,
  source: string | undefined,
  nowMs: number,
): Promise<DeliveryTimes[]> {
  const newest = await listEventRows(store, { source, limit: TIMES_SAMPLE }, nowMs)
  const { 'email.sent': sent = [], 'email.delivered': delivered = [] } = Object.groupBy(
    newest,
    ({ type }) => type,
  )
  const sentAt = new Map(sent.map((row) => [keyOf(row), row.occurred_at]))
  return [...Map.groupBy(delivered, (row) => row.source)]
    .flatMap(([name, rows]): DeliveryTimes[] => {
      const [newest] = rows
      if (newest === undefined) return []
      const took = rows
        .flatMap((row) => {
          const at = sentAt.get(keyOf(row))
          return at === undefined ? [] : [Math.max(0, row.occurred_at - at)]
        })
        .toSorted((a, b) => a - b)
      const at = (share: number) => took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? null
      return [
        {
          source: name,
          provider: newest.provider,
          delivered: rows.length,
          timed: took.length,
          medianMs: at(0.5),
          slowMs: at(0.9),
        },
      ]
    })
    .toSorted((a, b) => (b.medianMs ?? -1) - (a.medianMs ?? -1) || (a.source < b.source ? -1 : 1))
}

const keyOf = ({ source, message_id, recipient }: EventRow): string =>
  JSON.stringify([source, message_id, recipient])
