/**
 * Dead letters: the person's events are dropped, and the rest is sealed again, also in the object of a large delivery. A letter of which
 * nothing is left goes.
 */
import { fromBase64, fromHex, textOf, toHex, utf8 } from '../../../platform/bytes.ts'
import { inflatedBase64 } from '../../../event/original/original.ts'
import { isObject, type JsonObject } from '../../../platform/json.ts'
import { SealBroken } from '../../../platform/seal.ts'
import { type Contents, UNOPENED, addressesByPerson, addressesIn, peopleIn } from '../../named-people.ts'
import { normalAddress } from '../../people.ts'
import { nothingPersonal } from '../../personal.ts'
import type { ErasureDeps } from '../erasure.ts'
import { type Gone, type PeopleColumn, placeOf } from './people-column.ts'
import type { StorePlace } from './place.ts'

export const DEAD_LETTER_PEOPLE: PeopleColumn = {
  table: 'dead_letters',
  time: 'first_failed_at',
  // The row does not say when its delivery was received: that may be long before it failed. So each letter is opened.
  isBefore: 'true',
  bytes: 'coalesce(octet_length(sealed), 4000000)',
  async read(deps, ids) {
    const letters = await readLetters(deps, ids)
    return new Map(letters.map(({ id, plain }) => [id, plain && contentsOfLetter(plain)]))
  },
  async remove(deps, ids, gone) {
    let isDone = true
    for (const letter of await readLetters(deps, ids))
      isDone = (await eraseFrom(deps, letter, gone)) && isDone
    return isDone
  },
  // Each may be ten megabytes.
  stepRows: 1,
}

const place = placeOf('dead_letters', DEAD_LETTER_PEOPLE)

export const deadLetters: StorePlace = {
  ...place,
  async count(deps, person, held) {
    const { others: _others, ...counted } = await place.count(deps, person, held)
    return counted
  },
}

/** Events of a person in a letter, of whatever version. @param address normalized */
export async function eventsInLetter(deps: ErasureDeps, id: string, address: string): Promise<JsonObject[]> {
  const letters = await readLetters(deps, [id])
  return letters
    .flatMap(({ plain }) => (plain === undefined ? [] : (partsOf(plain)?.events ?? [])))
    .filter((event) => normalAddress(textIn(event, 'recipient')) === address)
}

interface Letter {
  readonly id: string
  /** Hex; null if the contents are in an object. */
  readonly sealed: string | null
  /** Associated data; null for a message that is not an envelope. */
  readonly key: string | null
  readonly object: string | null
  readonly etag: string | undefined
  readonly firstFailedAtMs: number
  /** Empty if the object is missing; undefined if no key opens it. */
  readonly plain: Uint8Array | undefined
}

type Row = Pick<Letter, 'id' | 'sealed' | 'key' | 'object' | 'firstFailedAtMs'>

async function readLetters(deps: ErasureDeps, ids: readonly string[]): Promise<readonly Letter[]> {
  const { db } = deps.store
  const [found] = await db.batch<Row>([
    db
      .prepare(
        `SELECT id, lower(hex(sealed)) AS sealed, envelope ->> '$.key' AS key, envelope ->> '$.object' AS object,
           first_failed_at AS firstFailedAtMs
         FROM dead_letters WHERE id IN (SELECT value FROM json_each(?1))`,
      )
      .bind(JSON.stringify(ids)),
  ])
  const letters: Letter[] = []
  // One after the other: each may be ten megabytes.
  for (const row of found?.results ?? []) letters.push(await open(deps, row))
  return letters
}

async function open({ store, large, queueSealer }: ErasureDeps, row: Row): Promise<Letter> {
  const found = row.object === null ? undefined : await large.get(row.object)
  const sealed =
    row.object === null ? fromHex(row.sealed ?? '') : found && new Uint8Array(await found.arrayBuffer())
  const letter = { ...row, sealed: row.object === null ? row.sealed : null, etag: found?.etag }
  if (sealed === undefined || sealed === null) return { ...letter, plain: new Uint8Array() }
  try {
    const opener = row.key === null ? store.sealer : queueSealer
    return { ...letter, plain: await opener.open(sealed, row.key ?? row.id) }
  } catch (cause) {
    if (cause instanceof SealBroken) return { ...letter, plain: undefined }
    throw cause
  }
}

/** Empty if it is no text. */
function textIn(object: JsonObject, name: string): string {
  const value = object[name]
  return typeof value === 'string' ? value : ''
}

/** Body of a quarantined item. */
const bodyOf = (item: JsonObject): Uint8Array | string => fromBase64(textIn(item, 'body')) ?? ''

/** Original of an event. */
const originalOf = (event: JsonObject): string => inflatedBase64(textIn(event, 'original')) ?? ''

/** For whom the contents of a message name. Bodies in it are base64, originals are compressed, and recipients may have any form. */
function contentsOfLetter(plain: Uint8Array): Contents {
  const { events, quarantined, request } = partsOf(plain) ?? NO_PARTS
  return {
    texts: [plain, ...[...quarantined, ...request].map(bodyOf), ...events.map(originalOf)],
    addresses: events.map((event) => textIn(event, 'recipient')).filter((recipient) => recipient !== ''),
  }
}

interface Parts {
  readonly whole: JsonObject
  readonly receivedAtMs: number
  readonly events: readonly JsonObject[]
  readonly quarantined: readonly JsonObject[]
  /** One, if destinations get it as it came. */
  readonly request: readonly JsonObject[]
}

const NO_PARTS: Parts = { whole: {}, receivedAtMs: Number.NaN, events: [], quarantined: [], request: [] }

/** Contents of any version, with what this one does not know; undefined if they are none. */
function partsOf(plain: Uint8Array): Parts | undefined {
  let whole: unknown
  try {
    whole = JSON.parse(textOf(plain) ?? '')
  } catch {
    return undefined
  }
  if (!isObject(whole) || !isObject(whole['delivery'])) return undefined
  const listOf = (name: string) => (Array.isArray(whole[name]) ? whole[name].filter(isObject) : [])
  return {
    whole,
    receivedAtMs: Date.parse(textIn(whole['delivery'], 'received_at')),
    events: listOf('events'),
    quarantined: listOf('quarantined'),
    request: isObject(whole['request']) ? [whole['request']] : [],
  }
}

/** @returns false if the letter has changed meanwhile */
async function eraseFrom(deps: ErasureDeps, letter: Letter, erasures: readonly Gone[]): Promise<boolean> {
  const { store, large, queueSealer } = deps
  const { key, object, etag, plain, firstFailedAtMs } = letter
  if (plain === undefined) return list(store, letter, UNOPENED)
  const parts = key === null ? undefined : partsOf(plain)
  // A letter that had failed by then was received before, whatever the clock of the gateway said.
  const gone = erasures.filter(
    ({ erasedAtMs }) => !(erasedAtMs < (parts?.receivedAtMs ?? 0) && erasedAtMs < firstFailedAtMs),
  )
  if (gone.length === 0) return true
  const contents = contentsOfLetter(plain)
  const named = await addressesByPerson(store, contents)
  const addresses = new Set(gone.flatMap(({ person }) => named.get(person) ?? []))
  if (addresses.size === 0) return list(store, letter, await peopleIn(store, contents))

  const rest = parts && without(parts, addresses)
  const bytes = rest && utf8(JSON.stringify(rest.whole))
  if (key === null || rest === undefined || bytes === undefined || names(bytes, addresses)) {
    // The object first: without its row nobody would find it.
    if (object !== null) await large.delete(object)
    return change(store.db, DELETE, letter)
  }
  const sealed = await queueSealer.seal(bytes, key)
  if (object !== null) {
    // Also if nothing is left: the same message may be in the queue again, and finds its object.
    const put = await large.put(object, sealed, etag === undefined ? {} : { onlyIf: { etagMatches: etag } })
    if (put === null) return false
  }
  if (rest.events.length + rest.quarantined.length + rest.request.length === 0)
    return change(store.db, DELETE, letter)
  const types = [...new Set(rest.events.map((event) => textIn(event, 'type')))].toSorted()
  return change(
    store.db,
    `UPDATE dead_letters SET sealed = unhex(?3), event_types = iif(event_types IS NULL, NULL, ?4), people = unhex(?5)
     WHERE id = ?1 AND sealed IS unhex(?2)`,
    letter,
    object === null ? toHex(sealed) : null,
    JSON.stringify(types),
    toHex(await peopleIn(store, contentsOfLetter(bytes))),
  )
}

/** Lists whom it names as it is now: it may have lost its object, or no key may open it any more. */
const list = ({ db }: ErasureDeps['store'], letter: Letter, people: Uint8Array): Promise<boolean> =>
  change(
    db,
    'UPDATE dead_letters SET people = unhex(?3) WHERE id = ?1 AND sealed IS unhex(?2)',
    letter,
    toHex(people),
  )

const DELETE = 'DELETE FROM dead_letters WHERE id = ?1 AND sealed IS unhex(?2)'

/** Changes a letter that is as it was read. @returns whether it was */
async function change(
  db: D1Database,
  sql: string,
  { id, sealed }: Letter,
  ...values: readonly (string | null)[]
): Promise<boolean> {
  const { meta } = await db
    .prepare(sql)
    .bind(id, sealed, ...values)
    .run()
  return meta.changes > 0
}

const names = (bytes: Uint8Array | string, addresses: ReadonlySet<string>): boolean =>
  !addressesIn(bytes).addresses.isDisjointFrom(addresses)

/**
 * Drops events of these people and what was quarantined with their names. An event of somebody else that names one of them keeps its
 * recipient, and nothing else that is personal.
 */
function without(parts: Parts, addresses: ReadonlySet<string>): Parts {
  const isTheirs = (event: JsonObject): boolean => addresses.has(normalAddress(textIn(event, 'recipient')))
  const events = parts.events
    .filter((event) => !isTheirs(event))
    .map((event) =>
      names(JSON.stringify(event) + originalOf(event), addresses)
        ? { ...withoutOriginal(event), ...nothingPersonal(), recipient: event['recipient'] ?? null }
        : event,
    )
  const isWithout = (item: JsonObject) =>
    ![JSON.stringify(item), bodyOf(item)].some((text) => names(text, addresses))
  const quarantined = parts.quarantined.filter(isWithout)
  const request = parts.request.filter(isWithout)
  const { request: _request, ...whole } = parts.whole
  const [kept] = request
  return {
    ...parts,
    events,
    quarantined,
    request,
    whole: { ...whole, events, quarantined, ...(kept && { request: kept }) },
  }
}

function withoutOriginal({ original: _original, ...event }: JsonObject): JsonObject {
  return event
}
