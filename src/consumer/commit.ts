/**
 * Stores the contents of messages in two round trips to D1 for a batch. The first reads history, and reads or creates the keys of the
 * people in it. The second is one transaction with the events and all their effects. Repeating it changes nothing. Only events that
 * come later than history take more round trips.
 */
import type { MailEvent } from '../event/mail-event.ts'
import { toHex } from '../platform/bytes.ts'
import {
  type Dependence,
  type History,
  type HistoryRow,
  failIfReached,
  historyOf,
  historyStatement,
  readHistory,
} from '../store/history.ts'
import { insertedCount } from '../store/segments.ts'
import { type KeyRow, requestKeys } from '../store/keys.ts'
import type { Person } from '../store/people.ts'
import { type ToQuarantine, quarantineTransactions } from '../store/quarantine.ts'
import { toStore } from '../store/stored-event.ts'
import type { ConsumerDeps } from './deps.ts'
import type { Slice } from './handlers/handler.ts'
import { type WithDelivery, slicesOf } from './slices.ts'
import { byHistory } from './late.ts'
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
  { store, nowMs }: ConsumerDeps,
): Promise<readonly D1PreparedStatement[]> {
  let last: D1PreparedStatement[] = []
  for await (const statements of quarantineTransactions(store, items, nowMs())) {
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

/** Attempts of one slice. Removal raises history in steps, so it can rise between the two round trips of several attempts. */
const ATTEMPTS_MAX = 3

async function writeSlice(
  entries: readonly WithDelivery<MailEvent>[],
  closing: readonly D1PreparedStatement[],
  deps: ConsumerDeps,
): Promise<number> {
  const { store } = deps
  if (entries.length === 0) {
    if (closing.length > 0) await store.db.batch([...closing])
    return 0
  }
  for (let attempt = 1; ; attempt++) {
    const { people, history } = await read(entries, deps)
    const { timely, late, dependence } = await byHistory(entries, history, store)
    for await (const statements of quarantineTransactions(store, late, deps.nowMs()))
      await store.db.batch(statements)
    try {
      return await write(timely, people, dependence, closing, deps)
    } catch (cause) {
      const { beforeMs, storedMs } = await readHistory(store).catch(() => history)
      const hasRisen = beforeMs > history.beforeMs || storedMs > history.storedMs
      if (attempt === ATTEMPTS_MAX || !hasRisen) throw cause
    }
  }
}

/** One transaction. */
async function write(
  entries: readonly WithDelivery<MailEvent>[],
  people: ReadonlyMap<string, Person>,
  dependence: Dependence,
  closing: readonly D1PreparedStatement[],
  { store, storeHandlers, nowMs }: ConsumerDeps,
): Promise<number> {
  const slice: Slice = {
    db: store.db,
    events: await Promise.all(
      entries.map(({ value, delivery }) =>
        toStore(value, delivery, people.get(value.recipient ?? ''), store),
      ),
    ),
    types: new Set(entries.map(({ value }) => value.type)),
    writer: newToken(),
    nowMs: nowMs(),
  }
  const inserts = entries.length === 0 ? [] : storeEvents(slice)
  const effects = (entries.length === 0 ? [] : storeHandlers)
    .filter(({ types }) => types === 'all' || types.some((type) => slice.types.has(type)))
    .flatMap(({ statements }) => statements(slice))
  const checks = entries.length === 0 ? [] : [failIfReached(store.db, dependence)]
  const transaction = [...inserts, ...effects, ...checks, ...closing]
  if (transaction.length === 0) return 0

  const results = await store.db.batch<Record<string, unknown>>(transaction)
  return insertedCount(results.slice(0, inserts.length))
}

/** History, and the keys of the people that the store now holds. */
async function read(
  entries: readonly WithDelivery<MailEvent>[],
  { store }: Pick<ConsumerDeps, 'store'>,
): Promise<{ readonly people: ReadonlyMap<string, Person>; readonly history: History }> {
  const addresses = entries.flatMap(({ value }) => (value.recipient === null ? [] : [value.recipient]))
  const request = addresses.length === 0 ? undefined : await requestKeys(store, addresses)
  const [history, , keys] = await store.db.batch([historyStatement(store.db), ...(request?.statements ?? [])])
  return {
    history: historyOf((history?.results ?? []) as unknown as HistoryRow[]),
    people: (await request?.people((keys?.results ?? []) as unknown as KeyRow[])) ?? NO_PEOPLE,
  }
}

const NO_PEOPLE: ReadonlyMap<string, Person> = new Map()

/** 48 random bits, which JSON and SQLite carry as one exact number. */
const newToken = (): number => Number(`0x${toHex(crypto.getRandomValues(new Uint8Array(6)))}`)
