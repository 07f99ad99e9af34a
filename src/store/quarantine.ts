/** Quarantine: verified deliveries, or single items, that could not be parsed. Each is stored once, complete and sealed. */
import * as v from 'valibot'
import {
  type DeliveryFacts,
  DeliveryFactsSchema,
  type Quarantined,
  QuarantinedSchema,
} from '../event/envelope.ts'
import { concat, fromBase64, fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { toInstant } from '../platform/time.ts'
import { fromCursor, page } from './cursor.ts'
import { type JsonRow, insertTransactions } from './json-rows.ts'
import type { Contents } from './named-people.ts'
import { type Store, scopeFilter, scopedSources } from './store.ts'

/** D1 refuses values over 2,000,000 bytes, and hex doubles the size. */
const PART_MAX_BYTES = 500_000

/** The problem of an event that came so late that it cannot be told from a copy. */
export const HISTORY_REMOVED = 'history_removed'

export interface QuarantineSummary {
  readonly id: string
  readonly source: string
  readonly provider: string
  readonly request_id: string
  readonly received_at: string
  readonly problem: string
  /** Whether it is one item of a batch whose other items were accepted. */
  readonly item: boolean
  /** Size of the body as received. */
  readonly bytes: number
}

export interface QuarantineEntry extends QuarantineSummary {
  readonly quarantined: Quarantined
  readonly delivery: DeliveryFacts
}

/** Everything but the body. */
const SurroundingsSchema = v.object({
  delivery: DeliveryFactsSchema,
  quarantined: v.omit(QuarantinedSchema, ['body']),
})

/** A delivery or an item to put into quarantine. */
export interface ToQuarantine {
  readonly quarantined: Quarantined
  readonly delivery: DeliveryFacts
}

/**
 * The transactions that put deliveries or items into quarantine, to be run in this order: the parts of a body come before
 * its entry or together with it. Each is at most two statements. It is sealed when it is requested, so that only one is in
 * memory. The id is a keyed hash of the content, so that a repetition by the queue or the ESP is stored once.
 */
export const quarantineTransactions = (
  store: Store,
  items: readonly ToQuarantine[],
  nowMs: number,
): AsyncGenerator<D1PreparedStatement[]> =>
  insertTransactions(store.db, Object.values(INSERT), rowsOfAll(store, items, nowMs))

async function* rowsOfAll(
  store: Store,
  items: readonly ToQuarantine[],
  nowMs: number,
): AsyncGenerator<JsonRow> {
  for (const { quarantined, delivery } of items) yield* rowsOf(store, quarantined, delivery, nowMs)
}

/** The rows of one delivery or item, each sealed when it is requested. */
async function* rowsOf(
  store: Store,
  { body, ...surroundings }: Quarantined,
  delivery: DeliveryFacts,
  nowMs: number,
): AsyncGenerator<JsonRow> {
  const { source, provider, request_id, received_at } = delivery
  const { problem, content_type, query, item } = surroundings
  const id = await store.people.nameOf(
    'QUARANTINE',
    JSON.stringify([source, provider, problem, content_type, query, item, body]),
  )
  const bytes = utf8(body)
  let parts = 0
  for (let at = 0; at < bytes.byteLength; at += PART_MAX_BYTES) {
    const sealed = await store.sealer.seal(bytes.subarray(at, at + PART_MAX_BYTES), partId(id, parts))
    yield { insert: INSERT.quarantine_parts, row: JSON.stringify([id, parts, toHex(sealed), nowMs]) }
    parts++
  }
  const around = JSON.stringify({ delivery, quarantined: surroundings })
  const sealed = toHex(await store.sealer.seal(utf8(around), id))
  const receivedMs = Date.parse(received_at)
  const sizeBytes = bytesOfBase64(body)
  yield {
    insert: INSERT.quarantine,
    row: JSON.stringify([
      id, source, provider, request_id, receivedMs, problem, item ? 1 : 0, sizeBytes, parts, sealed,
    ]), // prettier-ignore
  }
}

/** For whom it names. @param body in base64 */
const contentsOf = (around: string, body: string): Contents => ({ texts: [around, fromBase64(body) ?? body] })

/** A part that is written again is younger than what `left-behind.ts` removes. A copy of a delivery rewrites nothing. */
const TOUCHED_EVERY_MS = 3_600_000

const INSERT = {
  quarantine_parts: `
    INSERT INTO quarantine_parts (id, part, sealed, stored_at)
    SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3 FROM json_each(?1) WHERE true
    ON CONFLICT (id, part) DO UPDATE SET stored_at = excluded.stored_at WHERE stored_at < excluded.stored_at - ${TOUCHED_EVERY_MS}`,
  quarantine: `
    INSERT INTO quarantine (id, source, provider, request_id, received_at, problem, item, bytes, parts, sealed)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
      unhex(value ->> 9)
    FROM json_each(?1) WHERE true
    ON CONFLICT (id) DO NOTHING`,
} as const

const partId = (id: string, part: number): string => `${id}/${part}`

const bytesOfBase64 = (text: string): number =>
  Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)

interface Row {
  readonly id: string
  readonly source: string
  readonly provider: string
  readonly request_id: string
  readonly received_at: number
  readonly problem: string
  readonly item: number
  readonly bytes: number
}

const SELECTED = 'id, source, provider, request_id, received_at, problem, item, bytes'

const summaryOf = (row: Row): QuarantineSummary => ({
  id: row.id,
  source: row.source,
  provider: row.provider,
  request_id: row.request_id,
  received_at: toInstant(row.received_at),
  problem: row.problem,
  item: row.item === 1,
  bytes: row.bytes,
})

export interface QuarantineFilter {
  readonly source?: string | undefined
  readonly problem?: string | undefined
  readonly cursor?: string | undefined
}

const MATCHES = `(received_at, id) < (?1, ?2) AND (?3 IS NULL OR source = ?3) AND (?4 IS NULL OR problem = ?4)
  AND ${scopeFilter('source', '?5')}`

/** @throws {CursorMalformed} */
function boundOf(store: Store, { source, problem, cursor }: QuarantineFilter) {
  const before = fromCursor(cursor)
  return [before.atMs, before.id, source ?? null, problem ?? null, scopedSources(store)] as const
}

/**
 * The entries in quarantine, newest first.
 *
 * @throws {CursorMalformed}
 */
export async function listQuarantine(
  store: Store,
  { limit, ...filter }: QuarantineFilter & { readonly limit: number },
): Promise<{ quarantine: QuarantineSummary[]; next_cursor: string | null }> {
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM quarantine WHERE ${MATCHES} ORDER BY received_at DESC, id DESC LIMIT ${limit + 1}`,
    )
    .bind(...boundOf(store, filter))
    .all<Row>()
  const { rows, next_cursor } = page(results, limit, ({ received_at, id }) => ({ atMs: received_at, id }))
  return { quarantine: rows.map(summaryOf), next_cursor }
}

/** Entries among which those of one delivery are looked for if nobody knows when it was received: no index has request ids. */
const NEWEST = 1_000

/** The entries of one delivery, at most 50. @param receivedMs when it was received; undefined to look among the newest entries */
export async function quarantineOf(
  store: Store,
  requestId: string,
  receivedMs: number | undefined,
): Promise<readonly QuarantineSummary[]> {
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM (SELECT * FROM quarantine WHERE ?2 IS NULL OR received_at = ?2
         ORDER BY received_at DESC, id DESC LIMIT ${NEWEST})
       WHERE request_id = ?1 AND ${scopeFilter('source', '?3')} LIMIT 50`,
    )
    .bind(requestId, receivedMs ?? null, scopedSources(store))
    .all<Row>()
  return results.map(summaryOf)
}

/** How many entries there are, up to a number. @throws {CursorMalformed} */
export async function countQuarantine(store: Store, filter: QuarantineFilter, most = -1): Promise<number> {
  const query = store.db.prepare(
    `SELECT count(*) AS entries FROM (SELECT 1 FROM quarantine WHERE ${MATCHES} LIMIT ${most})`,
  )
  return (await query.bind(...boundOf(store, filter)).first<{ entries: number }>())?.entries ?? 0
}

/** Items that were received in a span of time, by source. */
export async function quarantinedBetween(
  { db }: Store,
  sinceMs: number,
  untilMs: number,
): Promise<readonly { readonly source: string; readonly items: number }[]> {
  const query =
    'SELECT source, count(*) AS items FROM quarantine WHERE received_at >= ?1 AND received_at < ?2 GROUP BY source'
  return (await db.prepare(query).bind(sinceMs, untilMs).all<{ source: string; items: number }>()).results
}

/** One complete entry; `undefined` if the id is unknown. @throws {SealBroken} */
export async function readQuarantine(store: Store, id: string): Promise<QuarantineEntry | undefined> {
  const [entries, parts] = await store.db.batch<Row & { readonly sealed: string; readonly part: number }>([
    store.db
      .prepare(
        `SELECT ${SELECTED}, lower(hex(sealed)) AS sealed FROM quarantine
         WHERE id = ?1 AND ${scopeFilter('source', '?2')}`,
      )
      .bind(id, scopedSources(store)),
    store.db
      .prepare(
        `SELECT p.part, lower(hex(p.sealed)) AS sealed FROM quarantine_parts p WHERE p.id = ?1 ORDER BY p.part`,
      )
      .bind(id),
  ])
  const row = entries?.results[0]
  if (row === undefined) return undefined
  const openHex = (hex: string, associatedData: string) =>
    store.sealer.open(fromHex(hex) ?? new Uint8Array(), associatedData)
  const text = textOf(await openHex(row.sealed, id))
  const surroundings = v.safeParse(SurroundingsSchema, JSON.parse(text ?? 'null'))
  // A validation message could quote what was quarantined.
  if (!surroundings.success) throw new TypeError('a quarantined entry is not of this version')

  const bodies = (parts?.results ?? []).map(({ part, sealed }) => openHex(sealed, partId(id, part)))
  const body = textOf(concat(await Promise.all(bodies))) ?? ''
  const { delivery, quarantined } = surroundings.output
  return { ...summaryOf(row), quarantined: { ...quarantined, body }, delivery }
}

/** Contents of entries, for whom they name; undefined if they cannot be opened. Give few: all of them are in memory. */
export async function quarantinedContents(
  store: Store,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Contents | undefined>> {
  const given = 'SELECT value FROM json_each(?1)'
  const [entries, parts] = await store.db.batch<{ id: string; part: number; sealed: string }>([
    store.db
      .prepare(`SELECT id, lower(hex(sealed)) AS sealed FROM quarantine WHERE id IN (${given})`)
      .bind(JSON.stringify(ids)),
    store.db
      .prepare(
        `SELECT id, part, lower(hex(sealed)) AS sealed FROM quarantine_parts WHERE id IN (${given}) ORDER BY id, part`,
      )
      .bind(JSON.stringify(ids)),
  ])
  const byId = Map.groupBy(parts?.results ?? [], ({ id }) => id)
  const open = (hex: string, associatedData: string) =>
    store.sealer.open(fromHex(hex) ?? new Uint8Array(), associatedData)
  const opened = (entries?.results ?? []).map(async ({ id, sealed }) => {
    try {
      const around = textOf(await open(sealed, id)) ?? ''
      const bodies = (byId.get(id) ?? []).map((one) => open(one.sealed, partId(id, one.part)))
      return [id, contentsOf(around, textOf(concat(await Promise.all(bodies))) ?? '')] as const
    } catch (cause) {
      if (cause instanceof SealBroken) return [id, undefined] as const
      throw cause
    }
  })
  return new Map(await Promise.all(opened))
}

/** Removes an entry. @returns whether it existed */
export async function removeQuarantine(store: Store, id: string): Promise<boolean> {
  const [removed] = await store.db.batch([
    store.db
      .prepare(`DELETE FROM quarantine WHERE id = ?1 AND ${scopeFilter('source', '?2')}`)
      .bind(id, scopedSources(store)),
    // In the same transaction: if the entry stays, for example outside the scope, so do its parts.
    store.db
      .prepare(
        'DELETE FROM quarantine_parts WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM quarantine WHERE id = ?1)',
      )
      .bind(id),
  ])
  return (removed?.meta.changes ?? 0) > 0
}

/** Removes entries that were received before a time, with their bodies. @returns how many */
export async function removeEntries(
  { db }: Pick<Store, 'db'>,
  ids: readonly string[],
  beforeMs: number,
): Promise<number> {
  const json = JSON.stringify(ids)
  const [removed] = await db.batch([
    db
      .prepare('DELETE FROM quarantine WHERE id IN (SELECT value FROM json_each(?1)) AND received_at < ?2')
      .bind(json, beforeMs),
    db
      .prepare(
        `DELETE FROM quarantine_parts WHERE id IN (SELECT value FROM json_each(?1))
           AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.id = quarantine_parts.id)`,
      )
      .bind(json),
  ])
  return removed?.meta.changes ?? 0
}
