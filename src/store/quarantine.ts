/** Quarantine: authentic deliveries, or items of one, that could not be understood. Kept whole, sealed, each once. */
import * as v from 'valibot'
import {
  type DeliveryFacts,
  DeliveryFactsSchema,
  type Quarantined,
  QuarantinedSchema,
} from '../event/envelope.ts'
import { concat, fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { toInstant } from '../platform/time.ts'
import { fromCursor, page } from './cursor.ts'
import { type Store, inSight, sourcesInSight } from './store.ts'

/** D1 takes no value over 2,000,000 bytes, and hex doubles what is sealed. */
const PART_MAX_BYTES = 500_000

/** How many parts go into one transaction. */
const PARTS_AT_ONCE = 8

export interface QuarantineSummary {
  readonly id: string
  readonly source: string
  readonly provider: string
  readonly request_id: string
  readonly received_at: string
  readonly problem: string
  /** Whether it is one item of a batch whose other items went through. */
  readonly item: boolean
  /** Size of the body as it came. */
  readonly bytes: number
}

export interface QuarantineEntry extends QuarantineSummary {
  readonly quarantined: Quarantined
  readonly delivery: DeliveryFacts
}

/** Everything but the body. */
const SurroundingsSchema = v.strictObject({
  delivery: DeliveryFactsSchema,
  quarantined: v.omit(QuarantinedSchema, ['body']),
})

/** Statements that put one thing into quarantine. */
export interface QuarantineWrite {
  /** The body in parts. They are written ahead of the entry, in several transactions where it is large. */
  readonly parts: readonly (readonly D1PreparedStatement[])[]
  /** The entry, which belongs into the transaction of its delivery. */
  readonly entry: D1PreparedStatement
}

/**
 * Prepares the writing of one quarantined delivery or item. Its id is a keyed hash of what it says, so that the same thing
 * sent again by the queue or the ESP is kept once.
 */
export async function quarantineWrite(
  store: Store,
  quarantined: Quarantined,
  delivery: DeliveryFacts,
): Promise<QuarantineWrite> {
  const { body, ...surroundings } = quarantined
  const { problem, content_type, query, item } = surroundings
  const said = [delivery.source, delivery.provider, problem, content_type, query, item, body]
  const id = await store.people.nameOf(JSON.stringify(said))
  const bytes = utf8(body)
  const parts: D1PreparedStatement[] = []
  for (let at = 0; at < bytes.byteLength; at += PART_MAX_BYTES) {
    const place = partPlace(id, parts.length)
    const sealed = await store.sealer.seal(bytes.subarray(at, at + PART_MAX_BYTES), place)
    parts.push(store.db.prepare(PART).bind(id, parts.length, toHex(sealed)))
  }
  const sealed = await store.sealer.seal(utf8(JSON.stringify({ delivery, quarantined: surroundings })), id)
  return {
    parts: Array.from({ length: Math.ceil(parts.length / PARTS_AT_ONCE) }, (_, i) =>
      parts.slice(i * PARTS_AT_ONCE, (i + 1) * PARTS_AT_ONCE),
    ),
    entry: store.db
      .prepare(ENTRY)
      .bind(
        id,
        delivery.source,
        delivery.provider,
        delivery.request_id,
        Date.parse(delivery.received_at),
        problem,
        item ? 1 : 0,
        bytesOfBase64(body),
        parts.length,
        toHex(sealed),
      ),
  }
}

const PART = `
  INSERT INTO quarantine_parts (id, part, sealed) VALUES (?1, ?2, unhex(?3)) ON CONFLICT (id, part) DO NOTHING`

const ENTRY = `
  INSERT INTO quarantine (id, source, provider, request_id, received_at, problem, item, bytes, parts, sealed)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, unhex(?10)) ON CONFLICT (id) DO NOTHING`

const partPlace = (id: string, part: number): string => `${id}/${part}`

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

export interface QuarantineQuery {
  readonly source?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * What is in quarantine, newest first.
 *
 * @throws {CursorMalformed}
 */
export async function listQuarantine(
  store: Store,
  query: QuarantineQuery,
): Promise<{ quarantine: QuarantineSummary[]; next_cursor: string | null }> {
  const before = fromCursor(query.cursor)
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM quarantine
       WHERE (received_at, id) < (?1, ?2) AND (?3 IS NULL OR source = ?3) AND ${inSight('source', '?5')}
       ORDER BY received_at DESC, id DESC LIMIT ?4`,
    )
    .bind(before.atMs, before.id, query.source ?? null, query.limit + 1, sourcesInSight(store))
    .all<Row>()
  const { rows, next_cursor } = page(results, query.limit, ({ received_at, id }) => ({
    atMs: received_at,
    id,
  }))
  return { quarantine: rows.map(summaryOf), next_cursor }
}

/** One quarantined thing, whole; `undefined` when there is none of that id. @throws {SealBroken} */
export async function readQuarantine(store: Store, id: string): Promise<QuarantineEntry | undefined> {
  const [entries, parts] = await store.db.batch<Row & { readonly sealed: string; readonly part: number }>([
    store.db
      .prepare(
        `SELECT ${SELECTED}, lower(hex(sealed)) AS sealed FROM quarantine
         WHERE id = ?1 AND ${inSight('source', '?2')}`,
      )
      .bind(id, sourcesInSight(store)),
    store.db
      .prepare(
        `SELECT p.part, lower(hex(p.sealed)) AS sealed FROM quarantine_parts p WHERE p.id = ?1 ORDER BY p.part`,
      )
      .bind(id),
  ])
  const row = entries?.results[0]
  if (row === undefined) return undefined
  const openAt = (hex: string, place: string) => store.sealer.open(fromHex(hex) ?? new Uint8Array(), place)
  const text = textOf(await openAt(row.sealed, id))
  const surroundings = v.safeParse(SurroundingsSchema, JSON.parse(text ?? 'null'))
  // A validation message could quote what was quarantined.
  if (!surroundings.success) throw new TypeError('a quarantined entry is not of this version')

  const bodies = (parts?.results ?? []).map(({ part, sealed }) => openAt(sealed, partPlace(id, part)))
  const body = textOf(concat(await Promise.all(bodies))) ?? ''
  const { delivery, quarantined } = surroundings.output
  return { ...summaryOf(row), quarantined: { ...quarantined, body }, delivery }
}

/** Throws it away. @returns whether it was there */
export async function removeQuarantine(store: Store, id: string): Promise<boolean> {
  const [removed] = await store.db.batch([
    store.db
      .prepare(`DELETE FROM quarantine WHERE id = ?1 AND ${inSight('source', '?2')}`)
      .bind(id, sourcesInSight(store)),
    // In the same transaction: parts of an entry that stayed stay, too.
    store.db
      .prepare(
        'DELETE FROM quarantine_parts WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM quarantine WHERE id = ?1)',
      )
      .bind(id),
  ])
  return (removed?.meta.changes ?? 0) > 0
}
