/** Attempts, waiting deliveries and those that were given up, of a destination, as its object shows them. */
import { instantOrNull, toInstant } from '../../platform/time.ts'
import { readEventIdsAt } from '../../store/arrival.ts'
import type { Store } from '../../store/store.ts'
import type { Attempt, Undelivered, WaitingDelivery } from '../../api/destinations.ts'
import type { DestinationApi, Listed } from '../api.ts'
import type { Memory } from '../memory/memory.ts'
import { type StoredAttempt, isOf } from '../memory/without-person.ts'
import type { Waiting } from '../memory/waiting-row.ts'

/** Event ids that are shown of a batch. */
const EVENT_IDS_MAX = 20

/** Bundles that one call opens when it looks for the attempts of one event, or with one outcome. */
const BUNDLES_MAX = 40

type Query = Parameters<DestinationApi['waiting']>[0]

const shownAttempt = ({ people: _people, ...attempt }: StoredAttempt): Attempt => attempt

const cursorNumber = (cursor: string | undefined, first: number): number =>
  cursor === undefined ? first : Number(cursor)

/**
 * Attempts, newest first, in whole bundles: a page can be a little longer than the limit. The cursor is the number of a bundle, so that
 * attempts that come meanwhile move nothing.
 */
export async function listAttempts(
  { log, attempts }: Memory,
  { limit, cursor, event_id: eventId, outcome }: Parameters<DestinationApi['attempts']>[0],
): Promise<Listed<Attempt>> {
  const found: Attempt[] = []
  const add = (entries: readonly StoredAttempt[]) => {
    const wanted = entries.filter(
      (one) =>
        (eventId === undefined || one.id === eventId || one.event_ids.includes(eventId)) &&
        (outcome === undefined || one.outcome === outcome),
    )
    found.push(...wanted.toReversed().map(shownAttempt))
  }
  if (cursor === undefined) add(attempts)
  let before = cursorNumber(cursor, Number.MAX_SAFE_INTEGER)
  for (let opened = 0; found.length < limit && opened < BUNDLES_MAX; opened++) {
    const [next] = log.before(before, 1)
    if (next === undefined) return { entries: found, next: null }
    add(await log.open(next.sealed))
    before = next.bundle
  }
  const isMore = log.before(before, 1).length > 0
  return { entries: found, next: isMore ? String(before) : null }
}

/** All attempts to send events of a person, newest first. It opens the whole log: 157 bundles. */
export async function attemptsOf({ log, attempts }: Memory, person: string): Promise<Attempt[]> {
  const hers = (entries: readonly StoredAttempt[]) =>
    entries
      .filter((entry) => isOf(entry, person))
      .toReversed()
      .map(shownAttempt)
  const found = hers(attempts)
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const [next] = log.before(before, 1)
    if (next === undefined) return found
    found.push(...hers(await log.open(next.sealed)))
    before = next.bundle
  }
}

export async function listWaiting(
  { waiting }: Memory,
  store: Store,
  { limit, cursor }: Query,
): Promise<Listed<WaitingDelivery>> {
  const rows = waiting.list(cursorNumber(cursor, 0), limit + 1)
  const ids = await eventIdsOf(store, rows.slice(0, limit))
  return pageOf(rows, limit, (row, i) => ({
    ...shownDelivery(row, ids[i] ?? []),
    next_try_at: instantOrNull(row.dueAtMs),
    blocked: row.blocked,
  }))
}

export async function listGivenUp(
  { waiting }: Memory,
  store: Store,
  { limit, cursor }: Query,
): Promise<Listed<Undelivered>> {
  const rows = waiting.givenUp(cursorNumber(cursor, 0), limit + 1)
  const ids = await eventIdsOf(store, rows.slice(0, limit))
  return pageOf(rows, limit, (row, i) => ({
    ...shownDelivery(row, ids[i] ?? []),
    given_up_at: toInstant(row.diedAtMs ?? 0),
  }))
}

function pageOf<Row extends { readonly seq: number }, View>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row, index: number) => View,
): Listed<View> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    entries: shown.map(view),
    next: rows.length > limit && last !== undefined ? String(last.seq) : null,
  }
}

const shownDelivery = (
  { id, references, tries, firstFailedAtMs, error, status }: Waiting,
  eventIds: string[],
) => ({
  id,
  event_ids: eventIds,
  events: references.length,
  tries,
  first_failed_at: instantOrNull(firstFailedAtMs),
  error,
  status,
})

/** The ids of each row's first events, those that are still stored. */
async function eventIdsOf(store: Store, rows: readonly Pick<Waiting, 'references'>[]): Promise<string[][]> {
  const references = rows.map((row) => row.references.slice(0, EVENT_IDS_MAX))
  const found = await readEventIdsAt(store, references.flat())
  const ids = new Map(found.map(({ segment, index, id }) => [`${segment}.${index}`, id]))
  return references.map((list) => list.flatMap(({ segment, index }) => ids.get(`${segment}.${index}`) ?? []))
}
