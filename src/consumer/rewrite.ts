/**
 * Replaces stored events by today's reading of them, with the effects of the difference: evidence that was none goes, new evidence counts,
 * and whoever is suppressed by neither any more comes off the list. Hourly counters and figures of deliverability are not counted anew, and
 * nothing is sent on. Doing it again changes nothing.
 */
import type { MailEvent } from '../event/mail-event.ts'
import { compressed } from '../event/original/original.ts'
import { parseStored } from '../platform/json.ts'
import {
  failIfErased,
  progressOf,
  progressStatement,
  type ErasureProgress,
} from '../store/erasures/progress.ts'
import { WITH_INSERTED, WITH_REPLACED } from '../store/inserted.ts'
import { type AskedRow, type KnownPerson, requestKeys } from '../store/keys.ts'
import { openOriginal } from '../store/originals.ts'
import {
  type Seen,
  failIfMoved,
  hasMoved,
  seeStatements,
  seenOf,
  writeStatements,
} from '../store/policy/people.ts'
import { type Placed, findPlaced, replaceStatements } from '../store/replace-events.ts'
import type { Store } from '../store/store.ts'
import { type EventToStore, deliveryOf, toStore } from '../store/stored-event.ts'
import type { ConsumerDeps } from './deps.ts'
import { bounces } from './handlers/bounces.ts'
import type { Slice } from './handlers/handler.ts'
import { REFIND_REPLACED, suppressionList } from './handlers/suppression-list.ts'
import { judgePeople } from './judge-people.ts'

const ATTEMPTS_MAX = 3

/** No segment has it as its writer. */
const NO_WRITER = -1

/** Stands in the history of an entry that ends by it. */
const BY = 'reread'

/** @param events under their stored ids; those that are gone stay gone. @throws whatever D1 throws */
export async function rewrite(events: readonly MailEvent[], deps: ConsumerDeps): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const known = await read(events, deps)
    try {
      return await write(events, known, deps)
    } catch (cause) {
      if (attempt === ATTEMPTS_MAX || !(await hasMoved(deps.store.db, known.seen))) throw cause
    }
  }
}

interface Known {
  readonly placed: ReadonlyMap<string, Placed>
  readonly people: ReadonlyMap<string, KnownPerson>
  readonly erasures: ErasureProgress
  readonly seen: Seen
}

async function read(events: readonly MailEvent[], { store, erasures }: ConsumerDeps): Promise<Known> {
  const { db } = store
  if (
    (await erasures.newest()) > progressOf((await progressStatement(db).all<ErasureProgress>()).results).begun
  )
    await erasures.begin()
  const placed = await findPlaced(
    db,
    events.map(({ id }) => id),
  )
  const receivedMs = new Map<string, number>()
  for (const { recipient, received_at } of events)
    if (recipient !== null)
      receivedMs.set(recipient, Math.max(receivedMs.get(recipient) ?? 0, Date.parse(received_at)))
  const request = await requestKeys(store, receivedMs)
  // All, since also a delivery may be read as a bounce, and the other way round.
  const people = new Set([...request.indexes.values(), ...placed.flatMap(({ row }) => row.recipient ?? [])])
  const asked = [...people].map((person) => ({ person, isBounced: true }))
  const answers = await db.batch([progressStatement(db), ...request.statements, ...seeStatements(db, asked)])
  const [progress, , keys] = answers
  return {
    placed: new Map(placed.map((at) => [at.row.event_id, at])),
    people: await request.people((keys?.results ?? []) as unknown as AskedRow[]),
    erasures: progressOf((progress?.results ?? []) as unknown as ErasureProgress[]),
    seen: seenOf(asked, answers.slice(3)),
  }
}

async function write(
  events: readonly MailEvent[],
  { placed, people, erasures, seen }: Known,
  { store, nowMs }: ConsumerDeps,
): Promise<void> {
  const { db } = store
  const found = events.flatMap((event) => {
    const at = placed.get(event.id)
    const known = people.get(event.recipient ?? '')
    // Somebody who was erased since it came does not come back.
    const isErased =
      known !== undefined && (known.person === undefined || known.erasedAtMs >= Date.parse(event.received_at))
    return at === undefined || isErased ? [] : [{ at, event, person: known?.person }]
  })
  if (found.length === 0) return
  const replaced = await Promise.all(
    found.map(async ({ at, event, person }) => {
      const original =
        person?.index === (at.row.recipient ?? undefined) ? undefined : await reopened(at, store)
      const id = await store.ids('store').back(event.id)
      const given = { ...event, id, ...(original !== undefined && { original }) }
      return { at, event: await toStore(given, deliveryOf(at.row), person, store) }
    }),
  )
  const judged = await judgeAnew(
    db,
    replaced.map(({ event }) => event),
    seen,
  )
  const types = new Set(events.map(({ type }) => type))
  const were = replaced.flatMap(({ at: { row } }) =>
    row.recipient === null ? [] : [[row.recipient, row.event_id]],
  )
  const slice: Slice = {
    db: reading(db, JSON.stringify(replaced.map(({ at: { segment, index } }) => [segment, index]))),
    events: replaced.map(({ event }) => event),
    types,
    writer: NO_WRITER,
    nowMs: nowMs(),
  }
  await db.batch([
    ...replaceStatements(db, replaced),
    db.prepare(FORGET_EVIDENCE).bind(JSON.stringify(were)),
    failIfMoved(db, seen, NO_WRITER),
    ...[bounces, suppressionList].flatMap(({ statements }) => statements(slice)),
    db.prepare(KEEP_LIFTED).bind(JSON.stringify(liftedOf(seen))),
    ...writeStatements(db, judged),
    db.prepare(REFIND_REPLACED).bind(JSON.stringify(were), BY),
    failIfErased(db, erasures),
  ])
}

const FORGET_EVIDENCE = `
  DELETE FROM evidence WHERE (recipient, event_id) IN (SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?1))`

/** An operator's lifting of a bounce stays. */
const KEEP_LIFTED = `
  UPDATE evidence SET lifted = 1 WHERE (recipient, event_id) IN (SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?1))`

const liftedOf = ({ people }: Seen) =>
  people.flatMap(({ person, lifted }) => [...lifted].map((id) => [person, id]))

/** An original for the key of another person; undefined if it does not open, then it stays as it is. */
async function reopened({ row, original }: Placed, store: Store): Promise<string | undefined> {
  const opened = await openOriginal(store, row, original)
  return opened.state === 'kept' ? compressed(parseStored(opened.text)) : undefined
}

/** Judges as if the events had never been read otherwise. */
async function judgeAnew(db: D1Database, events: readonly EventToStore[], seen: Seen) {
  const ids = new Set(events.map(({ id }) => id))
  const people = seen.people.map((one) => ({
    ...one,
    bounces: one.bounces.filter(({ id }) => !ids.has(id)),
    entries: one.entries.map((entry) =>
      ids.has(entry.eventId ?? '') ? { ...entry, isActive: false } : entry,
    ),
  }))
  const before = new Map(seen.people.map((one) => [one.person, one.entries]))
  const judged = await judgePeople(db, events, { ...seen, people })
  return judged.map((one) => ({
    ...one,
    seen: { ...one.seen, entries: before.get(one.seen.person) ?? one.seen.entries },
  }))
}

/** Runs statements of handlers for events that were replaced. What a handler binds as the writer is the places instead. */
const reading = (db: D1Database, places: string): D1Database =>
  ({
    prepare: (sql: string) => ({
      bind: (_writer: number, ...rest: readonly unknown[]) =>
        db.prepare(sql.replace(WITH_INSERTED, WITH_REPLACED)).bind(places, ...rest),
    }),
  }) as unknown as D1Database
