/**
 * Requests of ESPs that destinations of the form `original` have still to send, sealed: one for each request and destination. Once it is
 * settled, its row stays without the content, so that the same message of a queue does not bring it back.
 */
import * as v from 'valibot'
import {
  type Contents as QueueContents,
  type OriginalRequest,
  OriginalRequestSchema,
} from '../event/envelope.ts'
import { type Bytes, concat, fromBase64, fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { newestErasures } from './erasures/newest-of.ts'
import { type JsonRow, insertTransactions } from './json-rows.ts'
import { type Contents, peopleIn } from './named-people.ts'
import type { Store } from './store.ts'

/** D1 refuses values over 2,000,000 bytes, and hex doubles the size. */
const PART_MAX_BYTES = 500_000

/** A request as it is sent on. */
export interface KeptRequest extends Omit<OriginalRequest, 'body'> {
  readonly body: Bytes
}

/** A request as a destination lists it. */
export interface ListedRequest {
  /** Order of arrival. */
  readonly number: number
  readonly requestId: string
  readonly source: string
  readonly receivedMs: number
  readonly bytes: number
}

/** The last request that was listed. */
export type RequestMark = Pick<ListedRequest, 'number' | 'receivedMs'>

const idOf = (destination: string, requestId: string): string => `${destination}/${requestId}`
const partId = (id: string, part: number): string => `${id}/${part}`

/** The transactions that keep the requests of these messages, to be run in this order. The last one may run together with other statements. */
export const requestTransactions = (
  store: Store,
  messages: readonly QueueContents[],
  nowMs: number,
): AsyncGenerator<D1PreparedStatement[]> =>
  insertTransactions(store.db, Object.values(INSERT), rowsOfAll(store, messages, nowMs))

async function* rowsOfAll(
  store: Store,
  messages: readonly QueueContents[],
  nowMs: number,
): AsyncGenerator<JsonRow> {
  for (const { delivery, request } of messages) {
    if (request === undefined) continue
    const { destinations, body: base64, ...head } = request
    const body = fromBase64(base64) ?? new Uint8Array()
    for (const destination of destinations) {
      const id = idOf(destination, delivery.request_id)
      for (let part = 0; part * PART_MAX_BYTES < body.byteLength; part++) {
        const bytes = body.subarray(part * PART_MAX_BYTES, (part + 1) * PART_MAX_BYTES)
        const sealed = toHex(await store.sealer.seal(bytes, partId(id, part)))
        yield { insert: INSERT.parts, row: JSON.stringify([id, part, sealed, nowMs]) }
      }
      const receivedMs = Date.parse(delivery.received_at)
      const sealed = toHex(await store.sealer.seal(utf8(JSON.stringify(head)), id))
      yield {
        insert: INSERT.requests,
        row: JSON.stringify([id, destination, delivery.source, receivedMs, body.byteLength, sealed]),
      }
    }
  }
}

const HeadSchema = v.omit(OriginalRequestSchema, ['body'])

const INSERT = {
  parts: `
    INSERT INTO request_parts (id, part, sealed, stored_at)
    SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3 FROM json_each(?1)
    WHERE NOT EXISTS (SELECT 1 FROM requests WHERE id = value ->> 0)
    ON CONFLICT (id, part) DO NOTHING`,
  requests: `
    INSERT INTO requests (id, destination, source, received_at, bytes, sealed)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, unhex(value ->> 5) FROM json_each(?1) WHERE true
    ON CONFLICT (id) DO NOTHING`,
} as const

/**
 * Requests after a mark, and what is settled of those before it.
 *
 * @param waiting request ids of those that wait or were given up
 * @returns `isKnown`: whether the marked one is there. If not, the store was restored to an earlier time, or all up to it were removed since.
 *   `settled`: row ids of those whose content is not needed any more
 */
export async function requestsAfter(
  { db }: Store,
  destination: string,
  after: RequestMark,
  waiting: readonly string[],
  limit: number,
): Promise<{
  readonly requests: readonly ListedRequest[]
  readonly isKnown: boolean
  readonly settled: readonly string[]
}> {
  const [listed, marked, settled] = await db.batch<ListedRequest & { readonly id: string }>([
    db
      .prepare(
        `SELECT number, substr(id, length(destination) + 2) AS requestId, source, received_at AS receivedMs, bytes
         FROM requests WHERE destination = ?1 AND number > ?2 AND sealed IS NOT NULL ORDER BY number LIMIT ?3`,
      )
      .bind(destination, after.number, limit),
    db
      .prepare('SELECT 1 FROM requests WHERE destination = ?1 AND number = ?2 AND received_at = ?3')
      .bind(destination, after.number, after.receivedMs),
    db
      .prepare(
        `SELECT id FROM requests WHERE destination = ?1 AND number <= ?2 AND sealed IS NOT NULL
           AND id NOT IN (SELECT ?1 || '/' || value FROM json_each(?3))`,
      )
      .bind(destination, after.number, JSON.stringify(waiting)),
  ])
  return {
    requests: listed?.results ?? [],
    isKnown: marked?.results.length === 1,
    settled: (settled?.results ?? []).map(({ id }) => id),
  }
}

/** How many come after a position, and when the first of them was received. */
export async function requestBacklog(
  { db }: Store,
  destination: string,
  after: number,
): Promise<{ readonly count: number; readonly oldestMs: number | null }> {
  const row = await db
    .prepare(
      `SELECT count(*) AS count, min(received_at) AS oldestMs FROM requests
       WHERE destination = ?1 AND number > ?2 AND sealed IS NOT NULL`,
    )
    .bind(destination, after)
    .first<{ count: number; oldestMs: number | null }>()
  return row ?? { count: 0, oldestMs: null }
}

interface KeptRow {
  readonly id: string
  readonly received_at: number
  /** Hex. */
  readonly sealed: string
}

type PartRow = Pick<KeptRow, 'id' | 'sealed'> & { readonly part: number }

/** Opened requests by id; undefined for one that no key opens. Give few: all of them are in memory. */
async function openRequests(
  store: Store,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly receivedMs: number; readonly request: KeptRequest | undefined }>> {
  const json = JSON.stringify(ids)
  const given = 'id IN (SELECT value FROM json_each(?1))'
  const [kept, parts] = await store.db.batch<KeptRow & PartRow>([
    store.db
      .prepare(
        `SELECT id, received_at, lower(hex(sealed)) AS sealed FROM requests WHERE ${given} AND sealed IS NOT NULL`,
      )
      .bind(json),
    store.db
      .prepare(
        `SELECT id, part, lower(hex(sealed)) AS sealed FROM request_parts WHERE ${given} ORDER BY id, part`,
      )
      .bind(json),
  ])
  const byId = Map.groupBy<string, PartRow>(parts?.results ?? [], ({ id }) => id)
  const open = (hex: string, associatedData: string) =>
    store.sealer.open(fromHex(hex) ?? new Uint8Array(), associatedData)
  const requestOf = async ({ id, sealed }: KeptRow): Promise<KeptRequest | undefined> => {
    try {
      const head = v.safeParse(HeadSchema, JSON.parse(textOf(await open(sealed, id)) ?? 'null'))
      if (!head.success) return undefined
      const parts: Bytes[] = []
      // One after the other: a body may have ten megabytes.
      for (const one of byId.get(id) ?? []) parts.push(await open(one.sealed, partId(id, one.part)))
      return { ...head.output, body: concat(parts) }
    } catch (cause) {
      if (cause instanceof SealBroken) return undefined
      throw cause
    }
  }
  const opened = (kept?.results ?? []).map(
    async (row) => [row.id, { receivedMs: row.received_at, request: await requestOf(row) }] as const,
  )
  return new Map(await Promise.all(opened))
}

/**
 * Requests that a destination has to send, by request id. One is missing if it is gone: settled, too old, or it names somebody who was erased
 * since it was received. The last is looked for here as well: it may have been kept after the erasure.
 */
export async function readRequests(
  store: Store,
  destination: string,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, KeptRequest>> {
  const opened = await openRequests(
    store,
    requestIds.map((requestId) => idOf(destination, requestId)),
  )
  const newest = await store.db
    .prepare('SELECT erased_at AS erasedAtMs FROM erasures ORDER BY number DESC LIMIT 1')
    .first<{ erasedAtMs: number }>()
  const found = new Map<string, KeptRequest>()
  for (const [id, { receivedMs, request }] of opened) {
    if (request === undefined) continue
    const mayNameErased = newest !== null && receivedMs <= newest.erasedAtMs
    if (mayNameErased && (await namesErased(store, request, receivedMs))) continue
    found.set(id.slice(destination.length + 1), request)
  }
  return found
}

async function namesErased(store: Store, request: KeptRequest, receivedMs: number): Promise<boolean> {
  const people = toHex(await peopleIn(store, contentsOf(request)))
  // Not all whom it names could be listed.
  if (people.length % 32 > 0) return true
  const erasures = await newestErasures(store, people.match(/.{32}/g) ?? [])
  return [...erasures.values()].some(({ erasedAtMs }) => receivedMs <= erasedAtMs)
}

const contentsOf = ({ body, ...head }: KeptRequest): Contents => ({
  texts: [JSON.stringify(head), body],
})

/** Contents of kept requests, for whom they name; undefined if they cannot be opened. */
export async function requestContents(
  store: Store,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Contents | undefined>> {
  const opened = await openRequests(store, ids)
  return new Map([...opened].map(([id, { request }]) => [id, request && contentsOf(request)]))
}

/** Removes the contents of requests that were received before a time. Their rows stay. */
export async function emptyRequests(
  { db }: Pick<Store, 'db'>,
  ids: readonly string[],
  beforeMs: number,
): Promise<void> {
  const those = 'id IN (SELECT value FROM json_each(?1)) AND received_at < ?2'
  const bound = [JSON.stringify(ids), beforeMs] as const
  await db.batch([
    db
      .prepare(`DELETE FROM request_parts WHERE id IN (SELECT id FROM requests WHERE ${those})`)
      .bind(...bound),
    db.prepare(`UPDATE requests SET sealed = NULL, people = unhex('') WHERE ${those}`).bind(...bound),
  ])
}

/** Removes what is kept for a destination that was received before a time. */
export async function dropRequests(
  { db }: Pick<Store, 'db'>,
  destination: string,
  beforeMs: number,
): Promise<void> {
  const those = 'destination = ?1 AND received_at < ?2'
  await db.batch([
    db
      .prepare(`DELETE FROM request_parts WHERE id IN (SELECT id FROM requests WHERE ${those})`)
      .bind(destination, beforeMs),
    db.prepare(`DELETE FROM requests WHERE ${those}`).bind(destination, beforeMs),
  ])
}

/** Removes requests that were kept before a time, settled or not, oldest first. @returns how many rows */
export async function removeOldRequests(
  { db }: Pick<Store, 'db'>,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const results = await db.batch([
    db
      .prepare(
        `DELETE FROM requests WHERE number IN (
           SELECT number FROM (SELECT number, received_at FROM requests ORDER BY number LIMIT ?2) WHERE received_at < ?1)`,
      )
      .bind(beforeMs, limit),
    db
      .prepare(
        `DELETE FROM request_parts WHERE (id, part) IN (
           SELECT id, part FROM request_parts WHERE stored_at < ?1 ORDER BY stored_at LIMIT ?2)`,
      )
      .bind(beforeMs, limit),
  ])
  return results.reduce((sum, { meta }) => sum + meta.changes, 0)
}
