/**
 * Events that come so late that the store no longer has the segments of their time. Those that it still has are copies. All others
 * may be copies of removed events, so they go to quarantine, whole and not counted. An operator can let them in.
 */
import { SETTLED_MS, copiesWithinMs } from '../esp-accounts/backfill/recent.ts'
import type { DeliveryFacts, Quarantined, QueuedEvent } from '../event/envelope.ts'
import { effectiveMs } from '../event/effective-time.ts'
import { toBase64, utf8 } from '../platform/bytes.ts'
import type { Dependence, History } from '../store/history.ts'
import { HISTORY_REMOVED, type ToQuarantine } from '../store/quarantine.ts'
import { nearCopies } from '../store/near-events.ts'
import { knownIds } from '../store/segments.ts'
import type { Store } from '../store/store.ts'
import type { ConsumerDeps } from './deps.ts'
import type { WithDelivery } from './slices.ts'

type Entry = WithDelivery<QueuedEvent>

export interface ByHistory {
  /** The store has all events of their time, or an operator let them in. */
  readonly timely: readonly Entry[]
  /** Not stored now. They may have been. */
  readonly late: readonly ToQuarantine[]
  /** Of the timely ones. */
  readonly dependence: Dependence
}

/** Late events that are stored are in neither list: they are copies, also if they are removed meanwhile. */
export async function byHistory(
  entries: readonly Entry[],
  history: History,
  store: Store,
): Promise<ByHistory> {
  const timely: Entry[] = []
  const late: Entry[] = []
  let [fromMs, letInMs] = [Infinity, Infinity]
  for (const entry of entries) {
    const atMs = effectiveMs(entry.value)
    const letIn = letInAtMs(entry)
    if (atMs > history.beforeMs) fromMs = Math.min(fromMs, atMs)
    else if (letIn > history.storedMs) letInMs = Math.min(letInMs, letIn)
    else {
      late.push(entry)
      continue
    }
    timely.push(entry)
  }
  const unknown = late.length === 0 ? [] : await notStored(late, store)
  return { timely, late: recordsOf(unknown), dependence: { fromMs, letInMs } }
}

/**
 * When an operator let it in. It counts only while the store has all that was stored since: afterwards a second copy of the message
 * could not be told from the first.
 *
 * @returns NaN for all others, which compares as later than no time
 */
const letInAtMs = ({ delivery }: Entry): number => Date.parse(delivery.let_in_at ?? '')

/** Filters entries: those that the store does not have. */
export async function notStored(entries: readonly Entry[], store: Store): Promise<readonly Entry[]> {
  const ids = await Promise.all(entries.map(({ value }) => store.ids('store').of(value.id)))
  const known = await knownIds(store.db, ids)
  return entries.filter((_entry, i) => !known.has(ids[i] ?? ''))
}

/**
 * Leaves out events that are stored under another id, if a backfill and the webhook bring the same one. An event that comes in time costs
 * nothing, since a backfill takes older ones only.
 */
export async function withoutCopies(
  entries: readonly Entry[],
  { store, isBackfilled, nowMs }: Pick<ConsumerDeps, 'store' | 'isBackfilled' | 'nowMs'>,
): Promise<readonly Entry[]> {
  const settledMs = nowMs() - SETTLED_MS
  const asked = entries.filter(
    ({ value, delivery }) => effectiveMs(value) <= settledMs && copiesWithinMs(delivery.provider) !== null,
  )
  const copies = new Set<object>()
  for (const group of groupsOf(asked)) {
    const { source, provider, origin, received_at: at } = group[0].delivery
    if (origin === undefined && !(await isBackfilled(source))) continue
    const unknown = origin === undefined ? await notStored(group, store) : group
    const among =
      origin === undefined
        ? ({ among: 'fetched' } as const)
        : // What was stored before, the backfill has compared with its whole page.
          { storedSinceMs: Date.parse(at) }
    const events = unknown.map(({ value }) => value)
    for (const copy of await nearCopies(store, events, copiesWithinMs(provider) ?? 0, among)) copies.add(copy)
  }
  return copies.size === 0 ? entries : entries.filter(({ value }) => !copies.has(value))
}

/** Of a source; what was fetched, by page. */
const groupsOf = (entries: readonly Entry[]) =>
  Map.groupBy(entries, ({ delivery: { source, provider, origin, received_at: at } }) =>
    JSON.stringify([source, provider, origin === undefined ? null : at]),
  ).values() as Iterable<readonly [Entry, ...Entry[]]>

/** If a delivery has more late events than this, they share one record. */
const RECORDS_MAX = 100

/** A record for each event, so that one that is sent again is in quarantine once. */
const recordsOf = (entries: readonly Entry[]): readonly ToQuarantine[] =>
  [...Map.groupBy(entries, ({ delivery }) => delivery).values()].flatMap((group) => {
    const [first] = group
    return first !== undefined && group.length > RECORDS_MAX
      ? [recordOf(first.delivery, group.map(withoutReceipt), false)]
      : group.map((entry) => recordOf(entry.delivery, withoutReceipt(entry), true))
  })

/** The time of receipt is that of the delivery, and another one when the event is sent again. Its original is not searched for people. */
function withoutReceipt({ value: { received_at: _received, original: _original, ...event } }: Entry): object {
  return event
}

function recordOf(
  { let_in_at: _letIn, ...delivery }: DeliveryFacts,
  json: object,
  item: boolean,
): ToQuarantine {
  const quarantined: Quarantined = {
    problem: HISTORY_REMOVED,
    content_type: 'application/json',
    query: '',
    headers: {},
    body: toBase64(utf8(JSON.stringify(json))),
    item,
  }
  return { quarantined, delivery }
}
