/**
 * Stores the contents of messages in two round trips to D1 for a batch. The first reads history, erasures and what is known of those whom
 * the suppression policy may judge anew, and reads or creates the keys of the people in it. The second is one transaction with the events
 * and all their effects. Repeating it changes nothing. Only events that come later than history take more round trips, erasures that D1
 * has not begun, events of somebody who was erased, late
 * events of a source that was backfilled, and runs of bounces, between which deliveries are searched for.
 */
import { effectiveMs } from '../event/effective-time.ts'
import type { QueuedEvent } from '../event/envelope.ts'
import { toHex } from '../platform/bytes.ts'
import {
  type Dependence,
  type History,
  type HistoryRow,
  failIfReached,
  historyOf,
  historyStatement,
} from '../store/history.ts'
import { insertedCount } from '../store/segments.ts'
import {
  type ErasureProgress,
  failIfErased,
  progressOf,
  progressStatement,
} from '../store/erasures/progress.ts'
import { type AskedRow, type KeyRequest, type KnownPerson, requestKeys } from '../store/keys.ts'
import {
  type AskedPerson,
  type Seen,
  failIfMoved,
  hasMoved,
  seeStatements,
  seenOf,
  writeStatements,
} from '../store/policy/people.ts'
import { masksOf } from '../store/masks.ts'
import { nothingPersonal } from '../store/personal.ts'
import { quarantineTransactions } from '../store/quarantine.ts'
import { requestTransactions } from '../store/requests.ts'
import type { Store } from '../store/store.ts'
import { toStore } from '../store/stored-event.ts'
import type { ConsumerDeps } from './deps.ts'
import type { Slice } from './handlers/handler.ts'
import { type WithDelivery, slicesOf } from './slices.ts'
import { askedPeople, judgePeople } from './judge-people.ts'
import { byHistory, notStored, withoutCopies } from './late.ts'
import { rewrite } from './rewrite.ts'
import type { Job } from './settlement.ts'
import { storeEvents } from './store-events.ts'

/**
 * @returns how many events were not in the store before
 * @throws whatever D1 throws. Some slices may be stored then, and the caller can repeat all of it.
 */
export async function commit(jobs: readonly Job[], deps: ConsumerDeps): Promise<number> {
  const contents = jobs.map((job) => job.contents)
  const { slices, quarantined } = slicesOf(contents)
  const items = quarantined.map(({ value, delivery }) => ({ quarantined: value, delivery }))
  const before = [
    ...(await allButLast(quarantineTransactions(deps.store, items, deps.nowMs()), deps)),
    ...(await allButLast(requestTransactions(deps.store, contents, deps.nowMs()), deps)),
  ]
  let stored = 0
  for (const [index, slice] of slices.entries()) {
    const isLast = index === slices.length - 1
    stored += await writeSlice(slice, isLast ? [...before, ...largeStored(jobs, deps)] : [], deps)
  }
  for (const { contents } of jobs) if (contents.reread !== undefined) await rewrite(contents.reread, deps)
  return stored
}

/**
 * Runs the transactions of quarantine or of kept requests, except for the statements of the last one, which run together with the events.
 * Nearly always there is only that one. These come first, because the last transaction records that everything is stored.
 */
async function allButLast(
  transactions: AsyncIterable<D1PreparedStatement[]>,
  { store }: ConsumerDeps,
): Promise<readonly D1PreparedStatement[]> {
  let last: D1PreparedStatement[] = []
  for await (const statements of transactions) {
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

/**
 * Attempts of one slice. Removal raises history in steps, so it can rise between the two round trips of several attempts. So can the
 * number of erasures.
 */
const ATTEMPTS_MAX = 3

async function writeSlice(
  all: readonly Entry[],
  closing: readonly D1PreparedStatement[],
  deps: ConsumerDeps,
): Promise<number> {
  const { store } = deps
  if (all.length === 0) {
    if (closing.length > 0) await store.db.batch([...closing])
    return 0
  }
  for (let attempt = 1; ; attempt++) {
    const known = await read(all, deps)
    const { people, history } = known
    const entries = await Promise.all(
      all.map(async (entry) => (isOfErased(entry, people) ? withoutPerson(entry, store) : entry)),
    )
    const { timely, late, dependence } = await byHistory(entries, history, store)
    for await (const statements of quarantineTransactions(store, late, deps.nowMs()))
      await store.db.batch(statements)
    try {
      return await write(await withoutCopies(timely, deps), known, dependence, closing, deps)
    } catch (cause) {
      if (attempt === ATTEMPTS_MAX || !(await hasChanged(known, store.db))) throw cause
    }
  }
}

/**
 * Whether an event is stored without its person: the person was erased after the event had been received, while it waited in a queue or
 * as a dead letter, or it is a copy of an older event, for which no key is made. An event that names nobody stays whole.
 */
const isOfErased = (entry: Entry, people: Known['people']): boolean => {
  const known = people.get(entry.value.recipient ?? '')
  return known !== undefined && (known.person === undefined || !isAfter(entry, known))
}

const isAfter = (entry: Entry, { erasedAtMs }: KnownPerson): boolean => !(erasedAtMs >= receivedMs(entry))

const withoutPerson = async (
  { value: { original: _original, ...value }, delivery }: Entry,
  { people }: Store,
): Promise<Entry> => ({
  value: { ...value, ...(await masksOf(value, people)), ...nothingPersonal() },
  delivery,
})

/** Whether the transaction may have failed because something has changed since it was prepared. */
async function hasChanged({ history, erasures, seen }: Known, db: D1Database): Promise<boolean> {
  try {
    if (seen !== undefined && (await hasMoved(db, seen))) return true
    const { history: historyNow, erasures: erasuresNow } = await readState(db)
    return (
      historyNow.beforeMs > history.beforeMs ||
      historyNow.storedMs > history.storedMs ||
      erasuresNow.begun !== erasures.begun
    )
  } catch {
    return false
  }
}

/** One transaction. */
async function write(
  entries: readonly Entry[],
  { people, erasures, seen }: Known,
  dependence: Dependence,
  closing: readonly D1PreparedStatement[],
  { store, storeHandlers, nowMs }: ConsumerDeps,
): Promise<number> {
  const slice: Slice = {
    db: store.db,
    events: await Promise.all(
      entries.map(({ value, delivery }) =>
        toStore(value, delivery, people.get(value.recipient ?? '')?.person, store),
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
  const judged =
    entries.length === 0 || seen === undefined ? undefined : await judgePeople(store.db, slice.events, seen)
  const list =
    judged === undefined || seen === undefined
      ? []
      : [failIfMoved(store.db, seen, slice.writer), ...writeStatements(store.db, judged)]
  const checks =
    entries.length === 0 ? [] : [failIfReached(store.db, dependence), failIfErased(store.db, erasures)]
  const transaction = [...inserts, ...effects, ...list, ...checks, ...closing]
  if (transaction.length === 0) return 0

  const results = await store.db.batch<Record<string, unknown>>(transaction)
  return insertedCount(results.slice(0, inserts.length))
}

type Entry = WithDelivery<QueuedEvent>

/** The state of the store that a transaction depends on. */
interface Known {
  readonly people: ReadonlyMap<string, KnownPerson>
  readonly history: History
  readonly erasures: ErasureProgress
  /** Evidence for the suppression policy; undefined if no event can change the list. */
  readonly seen: Seen | undefined
}

/**
 * The keys are those that the store now holds. If D1 has not begun an erasure, it begins first. Somebody who was erased gets a new key only
 * for an event that is new: an ESP may send an old one again.
 */
async function read(entries: readonly Entry[], { store, erasures }: ConsumerDeps): Promise<Known> {
  const request = await requestFor(entries, store, () => NEVER)
  const asked = askedPeople(
    entries.map(({ value }) => value),
    request?.indexes ?? new Map<string, string>(),
  )
  const readAll = () => readState(store.db, request?.statements, asked)
  let [newest, state] = await Promise.all([erasures.newest(), readAll()])
  if (newest > state.erasures.begun) {
    await erasures.begin()
    state = await readAll()
  }
  const { keys, ...known } = state
  const people = (await request?.people(keys)) ?? NO_PEOPLE
  const anew = entries.filter((entry) => {
    const one = people.get(entry.value.recipient ?? '')
    return one !== undefined && one.person === undefined && isAfter(entry, one)
  })
  if (anew.length === 0) return { ...known, people }
  const news = await requestFor(await notStored(anew, store), store, receivedMs)
  const { keys: added } = await readState(store.db, news?.statements)
  // All but the keys is of the first reading: the transaction is to fail if an erasure has begun since.
  return { ...known, people: new Map([...people, ...((await news?.people(added)) ?? NO_PEOPLE)]) }
}

/** No key is made for somebody who was ever erased. */
const NEVER = -1

/** Of one that was fetched from the ESP's API, when it happened: the fetch is no sign of life of somebody who was erased. */
const receivedMs = ({ value, delivery }: Entry): number =>
  delivery.origin === undefined ? Date.parse(value.received_at) : effectiveMs(value)

/** @param untilMs a key is made unless an erasure is as late as this */
async function requestFor(
  entries: readonly Entry[],
  store: Store,
  untilMs: (entry: Entry) => number,
): Promise<KeyRequest | undefined> {
  const newestMs = new Map<string, number>()
  for (const entry of entries) {
    const { recipient } = entry.value
    if (recipient !== null)
      newestMs.set(recipient, Math.max(newestMs.get(recipient) ?? NEVER, untilMs(entry)))
  }
  return newestMs.size === 0 ? undefined : requestKeys(store, newestMs)
}

const NO_PEOPLE: Known['people'] = new Map()

interface ReadState extends Omit<Known, 'people'> {
  readonly keys: readonly AskedRow[]
}

/** One round trip. @param keys statements for the keys of people, of which the second gives the rows */
async function readState(
  db: D1Database,
  keys: readonly D1PreparedStatement[] = [],
  asked: readonly AskedPerson[] = [],
): Promise<ReadState> {
  const answers = await db.batch([
    historyStatement(db),
    progressStatement(db),
    ...keys,
    ...(asked.length === 0 ? [] : seeStatements(db, asked)),
  ])
  const [history, progress, , rows] = answers
  return {
    history: historyOf((history?.results ?? []) as unknown as HistoryRow[]),
    erasures: progressOf((progress?.results ?? []) as unknown as ErasureProgress[]),
    keys: keys.length === 0 ? [] : ((rows?.results ?? []) as unknown as AskedRow[]),
    seen: asked.length === 0 ? undefined : seenOf(asked, answers.slice(2 + keys.length)),
  }
}

/** 48 random bits, which JSON and SQLite carry as one exact number. */
const newToken = (): number => Number(`0x${toHex(crypto.getRandomValues(new Uint8Array(6)))}`)
