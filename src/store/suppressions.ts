/** The suppression list: who must not be written to, for which reasons, since when, and on what evidence. */
import { fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { SealBroken, decrypt, encrypt } from '../platform/seal.ts'
import { rfc3339Ms, toInstant } from '../platform/time.ts'
import { fromCursor, page } from './cursor.ts'
import { personalReader } from './personal.ts'
import { personOf } from './keys.ts'
import type { Store } from './store.ts'

export const SUPPRESSION_REASONS = [
  'hard_bounce',
  'spam_report',
  'unsubscribe',
  'soft_bounces',
  'manual',
] as const
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number]

export interface Suppression {
  /** Normalized. */
  readonly recipient: string
  readonly reasons: SuppressionEvidence[]
}

export interface SuppressionEvidence {
  readonly reason: SuppressionReason
  /** Time of the first evidence after the reason was last lifted. */
  readonly since: string
  /** The source that reported it; null for what an operator added. */
  readonly source: string | null
  /** The ESP's own words, or its name for the event; null for what an operator added. */
  readonly evidence: string | null
  /** The event, as in `GET /api/events`; null for what an operator added. */
  readonly event_id: string | null
  /** The operator's. */
  readonly note: string | null
}

interface Row {
  readonly recipient: string
  readonly wrapped_key: string
  readonly reason: SuppressionReason
  readonly since: number
  readonly as_of: number
  readonly source: string | null
  readonly event_id: string | null
  readonly native_type: string | null
  readonly sealed: string | null
  readonly note: string
}

const SELECTED = `lower(hex(s.recipient)) AS recipient, lower(hex(r.wrapped_key)) AS wrapped_key, s.reason, s.since,
  s.as_of, s.source, s.event_id, s.native_type, s.sealed, lower(hex(s.note)) AS note`

/** Why an address must not be written to; `undefined` if it is not suppressed. It finds erased people too. */
export async function findSuppression(store: Store, address: string): Promise<Suppression | undefined> {
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM suppressions s LEFT JOIN recipients r ON r.recipient = s.recipient
       WHERE s.recipient = unhex(?1) AND s.active ORDER BY s.since, s.reason`,
    )
    .bind(await store.people.indexOf(address))
    .all<Row>()
  if (results.length === 0) return undefined
  return { recipient: store.people.normal(address), reasons: await evidenceOf(store, results) }
}

/** For each address the reasons why it must not be written to, none where there is nothing. One query. */
export async function activeReasons(
  store: Store,
  addresses: readonly string[],
): Promise<readonly (readonly SuppressionReason[])[]> {
  const indexes = await Promise.all(addresses.map((address) => store.people.indexOf(address)))
  const { results } = await store.db
    .prepare(
      `SELECT j.value AS recipient, s.reason FROM json_each(?1) j
       CROSS JOIN suppressions s ON s.recipient = unhex(j.value) WHERE s.active ORDER BY s.since, s.reason`,
    )
    .bind(JSON.stringify([...new Set(indexes)]))
    .all<Pick<Row, 'recipient' | 'reason'>>()
  const byPerson = Map.groupBy(results, ({ recipient }) => recipient)
  return indexes.map((index) => (byPerson.get(index) ?? []).map(({ reason }) => reason))
}

export interface SuppressionQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  /** Only people who are suppressed for this reason; the times are those of its evidence then. */
  readonly reason?: SuppressionReason | undefined
  /** RFC 3339: only those whose newest evidence is of this time or later. */
  readonly since?: string | undefined
  /** RFC 3339: only those whose newest evidence is of before this time. */
  readonly until?: string | undefined
}

/**
 * All suppressed people, newest evidence first. Erased people stay suppressed, but have no address to be listed by.
 *
 * @throws {CursorMalformed}
 */
export async function listSuppressions(
  store: Store,
  query: SuppressionQuery,
): Promise<{ suppressions: Suppression[]; next_cursor: string | null }> {
  const before = fromCursor(query.cursor)
  const { results: newest } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM suppressions s JOIN recipients r ON r.recipient = s.recipient
       WHERE s.active AND (s.as_of, s.recipient) < (?1, unhex(?2)) AND s.as_of >= ?4 AND s.as_of < ?5
         AND iif(?6 IS NOT NULL, s.reason = ?6, NOT EXISTS (
           SELECT 1 FROM suppressions n
           WHERE n.recipient = s.recipient AND n.active AND (n.as_of, n.reason) > (s.as_of, s.reason)))
       ORDER BY s.as_of DESC, s.recipient DESC LIMIT ?3`,
    )
    .bind(
      before.atMs,
      before.id,
      query.limit + 1,
      rfc3339Ms(query.since ?? '') ?? 0,
      rfc3339Ms(query.until ?? '') ?? Number.MAX_SAFE_INTEGER,
      query.reason ?? null,
    )
    .all<Row>()
  const { rows, next_cursor } = page(newest, query.limit, ({ as_of, recipient }) => ({
    atMs: as_of,
    id: recipient,
  }))
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM json_each(?1) j CROSS JOIN suppressions s ON s.recipient = unhex(j.value)
       JOIN recipients r ON r.recipient = s.recipient
       WHERE s.active ORDER BY s.since, s.reason`,
    )
    .bind(JSON.stringify(rows.map(({ recipient }) => recipient)))
    .all<Row>()
  const ofPerson = Map.groupBy(results, ({ recipient }) => recipient)
  const named = rows.map(async ({ recipient, wrapped_key }) => {
    const person = await store.people.find(recipient, wrapped_key)
    const reasons = await evidenceOf(store, ofPerson.get(recipient) ?? [])
    return person === undefined || reasons.length === 0 ? [] : [{ recipient: person.address, reasons }]
  })
  return { suppressions: (await Promise.all(named)).flat(), next_cursor }
}

/** Suppresses an address by hand. Adding it again with a note replaces the first note. */
export async function addSuppression(
  store: Store,
  address: string,
  note: string | null,
  nowMs: number,
): Promise<void> {
  const person = await personOf(store, address)
  const sealed =
    note === null || note === ''
      ? null
      : toHex(await encrypt(person.key, utf8(note), noteAssociatedData(person.index)))
  await store.db
    .prepare(
      `INSERT INTO suppressions (recipient, reason, since, as_of, note)
       VALUES (unhex(?1), 'manual', ?2, ?2, unhex(?3))
       ON CONFLICT (recipient, reason) DO UPDATE SET
         since = iif(suppressions.active, suppressions.since, excluded.since),
         as_of = max(excluded.as_of, suppressions.lifted_at),
         note = iif(suppressions.active, coalesce(excluded.note, suppressions.note), excluded.note)`,
    )
    .bind(person.index, nowMs, sealed)
    .run()
}

/**
 * Lifts every reason. Evidence that is stored now no longer counts, whatever its time. Neither does evidence that is delivered
 * later but happened before, also for a reason that has none yet.
 *
 * @param by the operator
 * @returns whether the address was suppressed; if not, nothing changes
 */
export async function removeSuppression(
  store: Store,
  address: string,
  nowMs: number,
  by: string | null = null,
): Promise<boolean> {
  const recipient = await store.people.indexOf(address)
  // An ESP's clock may be ahead of ours, so stored evidence is deleted. The lifting has the present time: a later one would
  // also cover evidence of the future.
  const [, lifted] = await store.db.batch([
    store.db.prepare(`DELETE FROM evidence WHERE recipient = unhex(?1) AND ${IS_SUPPRESSED}`).bind(recipient),
    store.db
      .prepare(
        `INSERT INTO suppressions (recipient, reason, lifted_at, lifted_by)
         SELECT unhex(?1), j.value, ?2, ?4 FROM json_each(?3) j WHERE ${IS_SUPPRESSED}
         ON CONFLICT (recipient, reason) DO UPDATE SET since = NULL, as_of = NULL,
           lifted_by = iif(excluded.lifted_at >= suppressions.lifted_at, excluded.lifted_by, suppressions.lifted_by),
           lifted_at = max(suppressions.lifted_at, excluded.lifted_at)`,
      )
      .bind(recipient, nowMs, JSON.stringify(SUPPRESSION_REASONS), by),
  ])
  return (lifted?.meta.changes ?? 0) > 0
}

const IS_SUPPRESSED = `EXISTS (SELECT 1 FROM suppressions s WHERE s.recipient = unhex(?1) AND s.active)`

/** One reason of one address, also if it was lifted: all that an import needs to restore it. */
export interface SuppressionRow {
  readonly address: string
  readonly reason: SuppressionReason
  /** Null if the reason is lifted. */
  readonly since: string | null
  /** Time of the newest evidence. */
  readonly as_of: string | null
  readonly source: string | null
  readonly event_id: string | null
  readonly native_type: string | null
  /** The ESP's own words. */
  readonly evidence: string | null
  readonly note: string | null
  /** When it was last lifted; earlier evidence does not count. */
  readonly lifted_at: string | null
}

/**
 * The whole list row by row, in an order that no change disturbs. Erased people have no address to be exported by.
 *
 * @throws {CursorMalformed}
 */
export async function exportSuppressions(
  store: Store,
  query: { readonly limit: number; readonly cursor?: string | undefined; readonly withLifted: boolean },
): Promise<{ suppressions: SuppressionRow[]; next_cursor: string | null }> {
  const [recipient = '', reason = ''] =
    query.cursor === undefined ? [] : fromCursor(query.cursor).id.split('/')
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED}, s.active, s.lifted_at FROM suppressions s JOIN recipients r ON r.recipient = s.recipient
       WHERE (s.recipient, s.reason) > (unhex(?1), ?2) AND (s.active OR (?3 AND s.lifted_at > 0))
       ORDER BY s.recipient, s.reason LIMIT ?4`,
    )
    .bind(recipient, reason, query.withLifted ? 1 : 0, query.limit + 1)
    .all<StatedRow>()
  const { rows, next_cursor } = page(results, query.limit, (row) => ({
    atMs: 0,
    id: `${row.recipient}/${row.reason}`,
  }))
  const personal = personalReader(store)
  const exported = rows.map(async (row): Promise<SuppressionRow[]> => {
    const person = await store.people.find(row.recipient, row.wrapped_key)
    return person === undefined ? [] : [await suppressionRow(store, personal, row, person.address)]
  })
  return { suppressions: (await Promise.all(exported)).flat(), next_cursor }
}

type StatedRow = Row & { readonly active: 0 | 1; readonly lifted_at: number }

/** All reasons of one address, also those that were lifted. It finds erased people too. */
export async function suppressionsOf(store: Store, address: string): Promise<SuppressionRow[]> {
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED}, s.active, s.lifted_at FROM suppressions s LEFT JOIN recipients r ON r.recipient = s.recipient
       WHERE s.recipient = unhex(?1) AND (s.active OR s.lifted_at > 0) ORDER BY s.reason`,
    )
    .bind(await store.people.indexOf(address))
    .all<StatedRow>()
  const personal = personalReader(store)
  const normal = store.people.normal(address)
  return Promise.all(results.map((row) => suppressionRow(store, personal, row, normal)))
}

async function suppressionRow(
  store: Store,
  personal: ReturnType<typeof personalReader>,
  row: StatedRow,
  address: string,
): Promise<SuppressionRow> {
  const { reason, event_id, source, native_type, lifted_at } = row
  const base = { address, reason, lifted_at: lifted_at === 0 ? null : toInstant(lifted_at) }
  if (row.active === 0) return { ...base, ...NO_EVIDENCE }
  const evidence = event_id === null ? null : ((await personal({ ...row, event_id })).reason ?? null)
  const [since, as_of] = [toInstant(row.since), toInstant(row.as_of)]
  return { ...base, since, as_of, source, event_id, native_type, evidence, note: await noteOf(store, row) }
}

const NO_EVIDENCE = {
  since: null,
  as_of: null,
  source: null,
  event_id: null,
  native_type: null,
  evidence: null,
  note: null,
}

async function evidenceOf(store: Store, rows: readonly Row[]): Promise<SuppressionEvidence[]> {
  const personal = personalReader(store)
  return Promise.all(
    rows.map(async (row) => {
      const { reason, since, source, event_id, native_type } = row
      const personalReason = event_id === null ? null : (await personal({ ...row, event_id })).reason
      return {
        reason,
        since: toInstant(since),
        source,
        evidence: personalReason ?? native_type,
        // A viewer who checks an address must not learn which events are about that person.
        event_id: store.scope.personal ? event_id : null,
        note: await noteOf(store, row),
      }
    }),
  )
}

async function noteOf(store: Store, row: Row): Promise<string | null> {
  const sealed = store.scope.personal ? fromHex(row.note) : undefined
  const person = await store.people.find(row.recipient, row.wrapped_key)
  if (sealed === undefined || sealed.byteLength === 0 || person === undefined) return null
  try {
    return textOf(await decrypt(person.key, sealed, noteAssociatedData(row.recipient))) ?? null
  } catch (cause) {
    // Written before the person was erased. A later event gave the person a new key.
    if (cause instanceof SealBroken) return null
    throw cause
  }
}

/** The associated data of a sealed note. */
export const noteAssociatedData = (index: string): string => `note/${index}`
