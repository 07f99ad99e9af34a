/** The suppression list: who must not be written to, for which reasons, since when, and on what evidence. */
import { fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { SealBroken, decrypt, encrypt } from '../platform/seal.ts'
import { instantOrNull, rfc3339Ms, toInstant } from '../platform/time.ts'
import { fromCursor, page } from './cursor.ts'
import { personalReader } from './personal.ts'
import { personOf } from './keys.ts'
import {
  SCOPED_REASONS,
  type StoredReason,
  SUPPRESSION_REASONS,
  type SuppressionReason,
  reasonAndScope,
  scopeIn,
  storedReason,
  withoutScope,
} from './suppression-reasons.ts'
import type { Store } from './store.ts'

export interface Suppression {
  /** Normalized. */
  readonly recipient: string
  /** Why nobody may write to the address: what holds for all mail, and for the scope that was asked for. */
  readonly reasons: SuppressionEvidence[]
  /** Entries for other scopes only. */
  readonly scopes: SuppressionEvidence[]
  /** Entries whose time is over: they block nothing. */
  readonly expired: SuppressionEvidence[]
}

export interface SuppressionEvidence {
  readonly reason: SuppressionReason
  /** Null for all mail. */
  readonly scope: string | null
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
  /** The rule of the policy that made it, from 1; null if no rule did. */
  readonly rule: number | null
  /** Null for never. */
  readonly expires_at: string | null
  /** Whether a sudden wave of bounces made it, and nothing has confirmed it. */
  readonly provisional: boolean
}

export interface Row {
  readonly recipient: string
  readonly wrapped_key: string
  readonly reason: StoredReason
  readonly since: number
  readonly as_of: number
  readonly source: string | null
  readonly event_id: string | null
  readonly native_type: string | null
  readonly sealed: string | null
  readonly note: string
  readonly rule: number | null
  readonly expires_at: number | null
  readonly provisional: 1 | null
}

/** SQL: whether an active row `s` still blocks at a time. */
export const isInForce = (row: string, nowMs: `?${number}`): string =>
  `coalesce(${row}.expires_at, 9e15) > ${nowMs}`

export const SELECTED = `lower(hex(s.recipient)) AS recipient, lower(hex(r.wrapped_key)) AS wrapped_key, s.reason, s.since,
  s.as_of, s.source, s.event_id, s.native_type, s.sealed, lower(hex(s.note)) AS note, s.rule, s.expires_at,
  s.provisional`

/** All that is known against writing to an address; `undefined` if there is nothing. It finds erased people too. */
export async function findSuppression(
  store: Store,
  address: string,
  nowMs: number,
  scope: string | null = null,
): Promise<Suppression | undefined> {
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM suppressions s LEFT JOIN recipients r ON r.recipient = s.recipient
       WHERE s.recipient = unhex(?1) AND s.active ORDER BY s.since, s.reason`,
    )
    .bind(await store.people.indexOf(address))
    .all<Row>()
  if (results.length === 0) return undefined
  return { recipient: store.people.normal(address), ...(await evidenceOf(store, results, scope, nowMs)) }
}

/** Why one address must not be written to, in words alone. */
export interface ActiveReasons {
  readonly reasons: readonly SuppressionReason[]
  /** For which other mail there are reasons. */
  readonly scopes: readonly string[]
}

/** For each address the reasons why it must not be written to, none where there is nothing. One query. */
export async function activeReasons(
  store: Store,
  addresses: readonly string[],
  nowMs: number,
  scope: string | null = null,
): Promise<readonly ActiveReasons[]> {
  const indexes = await Promise.all(addresses.map((address) => store.people.indexOf(address)))
  const { results } = await store.db
    .prepare(
      `SELECT j.value AS recipient, s.reason FROM json_each(?1) j
       CROSS JOIN suppressions s ON s.recipient = unhex(j.value)
       WHERE s.active AND ${isInForce('s', '?2')} ORDER BY s.since, s.reason`,
    )
    .bind(JSON.stringify([...new Set(indexes)]), nowMs)
    .all<Pick<Row, 'recipient' | 'reason'>>()
  const byPerson = Map.groupBy(results, ({ recipient }) => recipient)
  return indexes.map((index) => {
    const found = (byPerson.get(index) ?? []).map(({ reason }) => reasonAndScope(reason))
    const { blocking, others } = divided(found, scope)
    return {
      reasons: [...new Set(blocking.map(({ reason }) => reason))],
      scopes: [...new Set(others.flatMap((one) => one.scope ?? []))],
    }
  })
}

/** An entry for all mail blocks any mail, and one for a scope only that. */
const divided = <One extends { readonly scope: string | null }>(
  entries: readonly One[],
  asked: string | null,
): { readonly blocking: One[]; readonly others: One[] } => {
  const blocks = ({ scope }: One): boolean => scope === null || scope === asked
  return { blocking: entries.filter(blocks), others: entries.filter((one) => !blocks(one)) }
}

export interface SuppressionQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  /** Only people who are suppressed for this reason; the times are those of its evidence then. */
  readonly reason?: SuppressionReason | undefined
  /** Only people to whom nobody may send mail of this scope. */
  readonly scope?: string | undefined
  /** RFC 3339: only those whose newest evidence is of this time or later. */
  readonly since?: string | undefined
  /** RFC 3339: only those whose newest evidence is older than this time. */
  readonly until?: string | undefined
  /** Only people with entries whose time is over, in place of those who are suppressed. */
  readonly expired?: boolean | undefined
}

/** SQL: whether the query asks for a row. */
const isAsked = (row: string): string => `${row}.active AND ${isInForce(row, '?8')} IS ?9
  AND (?6 IS NULL OR ${withoutScope(`${row}.reason`)} = ?6) AND (?7 IS NULL OR coalesce(${scopeIn(`${row}.reason`)}, ?7) = ?7)`

/**
 * All people who are suppressed for all mail or for a scope, newest evidence first. Erased people stay suppressed, but have no address to be listed by.
 *
 * @throws {CursorMalformed}
 */
export async function listSuppressions(
  store: Store,
  query: SuppressionQuery,
  nowMs: number,
): Promise<{ suppressions: Suppression[]; next_cursor: string | null }> {
  const before = fromCursor(query.cursor)
  const { results: newest } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM suppressions s JOIN recipients r ON r.recipient = s.recipient
       WHERE ${isAsked('s')} AND (s.as_of, s.recipient) < (?1, unhex(?2)) AND s.as_of >= ?4 AND s.as_of < ?5
         AND NOT EXISTS (
           SELECT 1 FROM suppressions n
           WHERE n.recipient = s.recipient AND ${isAsked('n')} AND (n.as_of, n.reason) > (s.as_of, s.reason))
       ORDER BY s.as_of DESC, s.recipient DESC LIMIT ?3`,
    )
    .bind(
      before.atMs,
      before.id,
      query.limit + 1,
      rfc3339Ms(query.since ?? '') ?? 0,
      rfc3339Ms(query.until ?? '') ?? Number.MAX_SAFE_INTEGER,
      query.reason ?? null,
      query.scope ?? null,
      nowMs,
      query.expired === true ? 0 : 1,
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
    const known = ofPerson.get(recipient)
    if (person === undefined || known === undefined) return []
    return [{ recipient: person.address, ...(await evidenceOf(store, known, query.scope ?? null, nowMs)) }]
  })
  return { suppressions: (await Promise.all(named)).flat(), next_cursor }
}

/** Number of people with an active entry, at most so many, which are the rows that it reads. */
export async function countSuppressed(
  { db }: Pick<Store, 'db'>,
  max: number,
  nowMs: number,
): Promise<number> {
  const row = await db
    .prepare(
      `SELECT count(*) AS people FROM
         (SELECT 1 FROM (SELECT recipient FROM suppressions s WHERE active AND ${isInForce('s', '?2')} LIMIT ?1) GROUP BY recipient)`,
    )
    .bind(max, nowMs)
    .first<{ readonly people: number }>()
  return row?.people ?? 0
}

const FORGET_EXPIRED = `
  DELETE FROM suppressions WHERE (recipient, reason) IN (
    SELECT recipient, reason FROM suppressions WHERE active AND as_of < ?1 AND expires_at < ?1 AND lifted_at = 0 LIMIT ?2)`

/**
 * Removes entries whose time was over before a time. Their bounces stay as evidence, so that a later one counts as the second time.
 *
 * @returns how many, at most so many
 */
export async function forgetExpired(
  { db }: Pick<Store, 'db'>,
  beforeMs: number,
  max: number,
): Promise<number> {
  return (await db.prepare(FORGET_EXPIRED).bind(beforeMs, max).run()).meta.changes
}

/** Suppresses an address by hand. Adding it again with a note replaces the first note. */
export async function addSuppression(
  store: Store,
  address: string,
  note: string | null,
  nowMs: number,
  scope: string | null = null,
): Promise<void> {
  const person = await personOf(store, address)
  const sealed =
    note === null || note === ''
      ? null
      : toHex(await encrypt(person.key, utf8(note), noteAssociatedData(person.index)))
  await store.db
    .prepare(
      `INSERT INTO suppressions (recipient, reason, since, as_of, note)
       VALUES (unhex(?1), ?4, ?2, ?2, unhex(?3))
       ON CONFLICT (recipient, reason) DO UPDATE SET
         since = iif(suppressions.active, suppressions.since, excluded.since),
         as_of = max(excluded.as_of, suppressions.lifted_at),
         note = iif(suppressions.active, coalesce(excluded.note, suppressions.note), excluded.note)`,
    )
    .bind(person.index, nowMs, sealed, storedReason('manual', scope))
    .run()
}

/**
 * Lifts every reason that holds for all mail, or all that hold for one scope and for no other mail. Evidence that is stored now no longer
 * counts, whatever its time. Neither does evidence that is delivered later but happened before, also for a reason that has none yet.
 *
 * @param by the operator
 * @returns whether there was such a reason; if not, nothing changes
 */
export async function removeSuppression(
  store: Store,
  address: string,
  nowMs: number,
  by: string | null = null,
  scope: string | null = null,
): Promise<boolean> {
  const recipient = await store.people.indexOf(address)
  const reasons = scope === null ? SUPPRESSION_REASONS : SCOPED_REASONS.map((one) => storedReason(one, scope))
  const json = JSON.stringify(reasons)
  // An ESP's clock may be ahead of ours, so stored evidence is deleted, or marked where a copy of it would count again. The lifting has the present time: a later one would
  // also cover evidence of the future.
  const [, , lifted] = await store.db.batch([
    store.db
      .prepare(
        `UPDATE evidence SET lifted = 1 WHERE recipient = unhex(?1) AND reason IN ${GIVEN}
           AND reason IN ('hard_bounce', 'soft_bounces') AND ${IS_SUPPRESSED}`,
      )
      .bind(recipient, json),
    store.db
      .prepare(
        `DELETE FROM evidence WHERE recipient = unhex(?1) AND reason IN ${GIVEN} AND lifted IS NULL AND ${IS_SUPPRESSED}`,
      )
      .bind(recipient, json),
    store.db
      .prepare(
        `INSERT INTO suppressions (recipient, reason, lifted_at, lifted_by)
         SELECT unhex(?1), j.value, ?3, ?4 FROM json_each(?2) j WHERE ${IS_SUPPRESSED}
         ON CONFLICT (recipient, reason) DO UPDATE SET since = NULL, as_of = NULL,
           lifted_by = iif(excluded.lifted_at >= suppressions.lifted_at, excluded.lifted_by, suppressions.lifted_by),
           lifted_at = max(suppressions.lifted_at, excluded.lifted_at)`,
      )
      .bind(recipient, json, nowMs, by),
  ])
  return (lifted?.meta.changes ?? 0) > 0
}

const GIVEN = '(SELECT value FROM json_each(?2))'
const IS_SUPPRESSED = `EXISTS (SELECT 1 FROM suppressions s WHERE s.recipient = unhex(?1) AND s.active AND s.reason IN ${GIVEN})`

async function evidenceOf(
  store: Store,
  rows: readonly Row[],
  asked: string | null,
  nowMs: number,
): Promise<Omit<Suppression, 'recipient'>> {
  const personal = personalReader(store)
  const found = await Promise.all(
    rows.map(async (row): Promise<SuppressionEvidence> => {
      const { since, source, event_id, native_type } = row
      const personalReason = event_id === null ? null : (await personal({ ...row, event_id })).reason
      return {
        ...reasonAndScope(row.reason),
        since: toInstant(since),
        source,
        evidence: personalReason ?? native_type,
        // A viewer who checks an address must not learn which events are about that person.
        event_id: store.scope.personal ? event_id : null,
        note: await noteOf(store, row),
        rule: row.rule === null ? null : row.rule + 1,
        expires_at: instantOrNull(row.expires_at),
        provisional: row.provisional === 1,
      }
    }),
  )
  const isOver = (_: SuppressionEvidence, i: number): boolean => (rows[i]?.expires_at ?? Infinity) <= nowMs
  const { blocking, others } = divided(
    found.filter((one, i) => !isOver(one, i)),
    asked,
  )
  return { reasons: blocking, scopes: others, expired: found.filter(isOver) }
}

/** The operator's note of a row. */
export async function noteOf(store: Store, row: Row): Promise<string | null> {
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
