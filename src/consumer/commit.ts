/**
 * Stores the contents of messages in two round trips to D1 for a batch. The first reads or creates the keys of the people in it.
 * The second is one transaction with the events and all their effects. Repeating it changes nothing.
 */
import type { MailEvent } from '../event/mail-event.ts'
import { toHex } from '../platform/bytes.ts'
import { insertedCount } from '../store/segments.ts'
import { type KeyRow, requestKeys } from '../store/keys.ts'
import type { Person } from '../store/people.ts'
import { type ToQuarantine, quarantineTransactions } from '../store/quarantine.ts'
import { type EventToStore, toStore } from '../store/stored-event.ts'
import type { ConsumerDeps } from './deps.ts'
import type { Slice } from './handlers/handler.ts'
import { type WithDelivery, slicesOf } from './slices.ts'
import type { Job } from './settlement.ts'
import { storeEvents } from './store-events.ts'

/**
 * @returns how many events were not in the store before
 * @throws whatever D1 throws. Some slices may be stored then, and the caller can repeat all of it.
 */
export async function commit(jobs: readonly Job[], deps: ConsumerDeps): Promise<number> {
  const { slices, quarantined } = slicesOf(jobs.map(({ contents }) => contents))
  const items = quarantined.map(({ value, delivery }) => ({ quarantined: value, delivery }))
  const lastQuarantine = await quarantineAllButLast(items, deps)
  let stored = 0
  for (const [index, slice] of slices.entries()) {
    const isLast = index === slices.length - 1
    stored += await writeSlice(slice, isLast ? [...lastQuarantine, ...largeStored(jobs, deps)] : [], deps)
  }
  return stored
}

/**
 * Writes to quarantine, except for the statements of the last transaction, which run together with the events. Nearly always
 * there is only that one. Quarantine comes first, because the last transaction records that everything is stored.
 */
async function quarantineAllButLast(
  items: readonly ToQuarantine[],
  { store }: ConsumerDeps,
): Promise<readonly D1PreparedStatement[]> {
  let last: D1PreparedStatement[] = []
  for await (const statements of quarantineTransactions(store, items)) {
    if (last.length > 0) await store.db.batch(last)
    last = statements
  }
  return last
}

/** Records large deliveries as stored. It must happen only when everything else is stored. */
const largeStored = (jobs: readonly Job[], { store, nowMs }: ConsumerDeps): D1PreparedStatement[] =>
  jobs
    .filter(({ envelope }) => envelope.kind === 'stored')
    .map(({ envelope }) =>
      store.db
        .prepare(`INSERT INTO large_deliveries (key, stored_at) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING`)
        .bind(envelope.key, nowMs()),
    )

async function writeSlice(
  entries: readonly WithDelivery<MailEvent>[],
  closing: readonly D1PreparedStatement[],
  deps: ConsumerDeps,
): Promise<number> {
  const { store, storeHandlers } = deps
  const events = entries.map(({ value }) => value)
  const slice: Slice = {
    db: store.db,
    events: await toStoreAll(entries, deps),
    types: new Set(events.map(({ type }) => type)),
    writer: newToken(),
    nowMs: deps.nowMs(),
  }
  const [inserts, handlers] = events.length === 0 ? [[], []] : [storeEvents(slice), storeHandlers]
  const effects = handlers
    .filter(({ types }) => types === 'all' || types.some((type) => slice.types.has(type)))
    .flatMap(({ statements }) => statements(slice))
  const transaction = [...inserts, ...effects, ...closing]
  if (transaction.length === 0) return 0

  const results = await store.db.batch<Record<string, unknown>>(transaction)
  return insertedCount(results.slice(0, inserts.length))
}

/** The events ready to be written, sealed under the keys that the store now holds. */
async function toStoreAll(
  entries: readonly WithDelivery<MailEvent>[],
  { store }: ConsumerDeps,
): Promise<readonly EventToStore[]> {
  const addresses = entries.flatMap(({ value }) => (value.recipient === null ? [] : [value.recipient]))
  const people = addresses.length === 0 ? NO_PEOPLE : await storedKeys(addresses, store)
  return Promise.all(
    entries.map(({ value, delivery }) => toStore(value, delivery, people.get(value.recipient ?? ''), store)),
  )
}

const NO_PEOPLE: ReadonlyMap<string, Person> = new Map()

async function storedKeys(
  addresses: readonly string[],
  store: ConsumerDeps['store'],
): Promise<ReadonlyMap<string, Person>> {
  const request = await requestKeys(store, addresses)
  const [, answer] = await store.db.batch<KeyRow>([...request.statements])
  return request.people(answer?.results ?? [])
}

/** 48 random bits, which JSON and SQLite carry as one exact number. */
const newToken = (): number => Number(`0x${toHex(crypto.getRandomValues(new Uint8Array(6)))}`)
