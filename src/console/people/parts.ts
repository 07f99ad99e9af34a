/** Readers of what is known of a person: one for each part, which gives a page of it. */
import type { Attempt } from '../../api/destinations.ts'
import type { PartName, PersonData } from '../../api/person-data.ts'
import { checksOf } from '../../addresses/jobs.ts'
import { fromBase64, textOf } from '../../platform/bytes.ts'
import { toInstant } from '../../platform/time.ts'
import { readDeadLetters } from '../../store/dead-letters.ts'
import { DEAD_LETTER_PEOPLE, eventsInLetter } from '../../store/erasures/places/dead-letters.ts'
import { idsNaming } from '../../store/erasures/places/people-column.ts'
import { QUARANTINE_PEOPLE } from '../../store/erasures/places/quarantine.ts'
import { listEvents } from '../../store/events.ts'
import { addressesByPerson } from '../../store/named-people.ts'
import { quarantinedContents, readQuarantine } from '../../store/quarantine.ts'
import { liftingsOf } from '../../store/suppression-history.ts'
import { suppressionsOf } from '../../store/suppression-rows.ts'
import type { RequestContext } from '../request-context.ts'
import { answerOf } from '../addresses.ts'
import { erasureDeps } from './deps.ts'

/** Whom a request asks about, whether anything is known of them or not. */
export interface SoughtPerson {
  /** Normalized. */
  readonly address: string
  /** Blind index, 32 hex digits. */
  readonly index: string
}

/** Reads a page. @param after where the page before has ended; null for the first */
export type Part<Name extends PartName> = (
  context: RequestContext,
  person: SoughtPerson,
  after: string | null,
) => Promise<Page<PersonData[Name][number]>>

interface Page<Item> {
  readonly items: readonly Item[]
  /** Null after the last page. */
  readonly next: string | null
}

/** The ids of a page. @param all sorted */
function pageOfIds(all: readonly string[], after: string | null, limit: number): Page<string> {
  const left = all.filter((id) => after === null || id > after)
  const items = left.slice(0, limit)
  return { items, next: left.length > items.length ? (items.at(-1) ?? null) : null }
}

/** A page that is the only one. */
const onlyPage = <Item>(items: readonly Item[]): Page<Item> => ({ items, next: null })

const PAGE_EVENTS = 500

export const events: Part<'events'> = async ({ store, nowMs }, { address }, after) => {
  const query = { recipient: address, limit: PAGE_EVENTS, cursor: after ?? undefined }
  const page = await listEvents(store, query, nowMs)
  return { items: page.events, next: page.next_cursor }
}

export const suppressions: Part<'suppressions'> = async ({ store }, { address }) =>
  onlyPage(await suppressionsOf(store, address))

export const liftings: Part<'liftings'> = async ({ store }, { address }) =>
  onlyPage(await liftingsOf(store, address))

/** Verdicts about the address: the one that still counts, and those of lists. */
export const addressChecks: Part<'address_checks'> = async ({ store, nowMs }, person) =>
  onlyPage((await checksOf(store, person, nowMs)).map(answerOf))

/** Each may be some megabytes. */
const PAGE_ENTRIES = 5

export const quarantine: Part<'quarantine'> = async (context, { index }, after) => {
  const { store } = context
  const all = await idsNaming(erasureDeps(context), QUARANTINE_PEOPLE, index)
  const { items: ids, next } = pageOfIds(all, after, PAGE_ENTRIES)
  const items: PersonData['quarantine'] = []
  for (const id of ids) {
    const entry = await readQuarantine(store, id)
    const contents = (await quarantinedContents(store, [id])).get(id)
    if (entry === undefined || contents === undefined) continue
    const { source, provider, received_at, problem, quarantined } = entry
    const names_others = (await addressesByPerson(store, contents)).size > 1
    // Bytes that are no text stay in base64.
    const body = textOf(fromBase64(quarantined.body) ?? new Uint8Array()) ?? quarantined.body
    items.push({
      id,
      source,
      provider,
      received_at,
      problem,
      names_others,
      body: names_others ? null : body,
    })
  }
  return { items, next }
}

/** Each may have some megabytes of events. */
const PAGE_LETTERS = 5

export const deadLetters: Part<'dead_letters'> = async (context, { address, index }, after) => {
  const deps = erasureDeps(context)
  const all = await idsNaming(deps, DEAD_LETTER_PEOPLE, index)
  const { items: ids, next } = pageOfIds(all, after, PAGE_LETTERS)
  const items: PersonData['dead_letters'] = []
  for (const { id, source, reason, first_failed_at } of await readDeadLetters(
    context.store,
    ids,
    PAGE_LETTERS,
  ))
    items.push({ id, source, reason, first_failed_at, events: await eventsInLetter(deps, id, address) })
  return { items, next }
}

/** A page is one destination: a hundred of them, with all that they have sent, would be too large for one answer. */
export const deliveries: Part<'deliveries'> = async ({ registry, destinations }, { index }, after) => {
  const all = await registry.destinations.list()
  const [destination, ...more] = all.filter(({ name }) => after === null || name > after)
  if (destination === undefined) return { items: [], next: null }
  const { name, config } = destination
  const attempts: readonly Attempt[] = await destinations.getByName(name).attemptsOf(index)
  const items = attempts.map(({ at, kind, event_ids, events, status, error, response, outcome }) => {
    // A batch has events of others as well, and its answer may be about them.
    const isHersAlone = events === 1
    return {
      destination: name,
      url: config.url,
      personal: config.personal,
      at,
      kind,
      events,
      event_id: isHersAlone ? (event_ids[0] ?? null) : null,
      status,
      error,
      response: isHersAlone ? response : null,
      outcome,
    }
  })
  return { items, next: more.length === 0 ? null : name }
}

export const holds: Part<'holds'> = async ({ registry }, { address }) => {
  const hers = (await registry.retention.read()).holds.filter(({ person }) => person === address)
  return onlyPage(hers.map(({ sinceMs, reason }) => ({ since: toInstant(sinceMs), reason })))
}
