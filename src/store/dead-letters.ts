/** Dead letters: queue messages that cannot be processed, or failed too often. They stay sealed as they were in the queue. */
import * as v from 'valibot'
import { type Envelope, EnvelopeSchema } from '../event/envelope.ts'
import type { EventType } from '../event/mail-event.ts'
import { fromHex, toHex } from '../platform/bytes.ts'
import { toInstant } from '../platform/time.ts'
import { fromCursor, page } from './cursor.ts'
import { type Store, scopeFilter, scopedSources } from './store.ts'

export const DEAD_REASONS = [
  /** Not an envelope of any version. It cannot be sent again. */
  'envelope_malformed',
  /** Made by a newer Postern. */
  'version_unknown',
  /** Sealed under a version of the master key that the consumer does not have. */
  'key_version_unknown',
  /** Altered, or sealed under another master key of the same version. */
  'seal_broken',
  'contents_malformed',
  /** A large delivery's object is not in the bucket, and its events are not recorded as stored. */
  'contents_missing',
  /** The bucket or the store kept failing. */
  'contents_unavailable',
  'store_failed',
] as const
export type DeadReason = (typeof DEAD_REASONS)[number]

export interface DeadLetter {
  readonly id: string
  /** Null if the message was not an envelope. */
  readonly source: string | null
  /** The types of its events, each once; null if the contents were not open. */
  readonly event_types: EventType[] | null
  readonly reason: DeadReason
  /** Class name of the error of the last attempt; null if there was none. */
  readonly fault: string | null
  /** Number of attempts when it was last dead-lettered. */
  readonly attempts: number
  /** Of a message that was retried, the time when it was queued. */
  readonly first_failed_at: string
  readonly last_failed_at: string
}

/** With the envelope, still sealed, to send again; one of kind `stored` points to the object. Undefined for other messages. */
export interface DeadLetterEntry extends DeadLetter {
  readonly envelope: Envelope | undefined
}

/** A message to dead-letter. */
export interface DeadLetterWrite {
  /** The queue's id of the message. It becomes the dead letter's id if the message is not an envelope. */
  readonly messageId: string
  readonly envelope: Envelope | undefined
  /** The sealed body of a message that is not an envelope. */
  readonly sealedBody?: Uint8Array | undefined
  /** Of its events, as often as they come; undefined if the contents are not open. */
  readonly eventTypes?: readonly EventType[] | undefined
  readonly reason: DeadReason
  /** Class name of the error. */
  readonly fault?: string | undefined
  readonly attempts: number
  /** Undefined if this is the first failure. */
  readonly firstFailedAtMs?: number | undefined
}

/** Of a message that is not an envelope: the dead letter's id, and the associated data of its sealed body. */
export const strayId = (messageId: string): string => `msg_${messageId}`

/** The id under which a message is dead-lettered: the same for each copy of an envelope. */
export const letterId = ({ messageId, envelope }: Pick<DeadLetterWrite, 'messageId' | 'envelope'>): string =>
  envelope === undefined ? strayId(messageId) : envelope.key.replaceAll('/', '.')

/** Stores a dead letter. Storing the same message again keeps its first failure and updates the rest. */
export async function storeDeadLetter(
  store: Store,
  deadLetterWrite: DeadLetterWrite,
  nowMs: number,
): Promise<void> {
  const { envelope, sealedBody, eventTypes, reason, fault, attempts, firstFailedAtMs } = deadLetterWrite
  const sealed =
    envelope === undefined ? sealedBody : envelope.kind === 'inline' ? envelope.sealed : undefined
  await store.db.batch([
    store.db
      .prepare(
        `INSERT INTO dead_letters
           (id, source, event_types, reason, fault, attempts, first_failed_at, last_failed_at, envelope, sealed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, unhex(?10))
         ON CONFLICT (id) DO UPDATE SET event_types = coalesce(excluded.event_types, event_types),
           reason = excluded.reason, fault = excluded.fault, attempts = excluded.attempts,
           first_failed_at = min(first_failed_at, excluded.first_failed_at), last_failed_at = excluded.last_failed_at`,
      )
      .bind(
        letterId(deadLetterWrite),
        envelope?.source ?? null,
        eventTypes === undefined ? null : JSON.stringify([...new Set(eventTypes)].toSorted()),
        reason,
        fault ?? null,
        attempts,
        firstFailedAtMs ?? nowMs,
        nowMs,
        envelope === undefined ? null : JSON.stringify({ ...envelope, sealed: undefined }),
        sealed === undefined ? null : toHex(sealed),
      ),
  ])
}

interface Row {
  readonly id: string
  readonly source: string | null
  readonly event_types: string | null
  readonly reason: DeadReason
  readonly fault: string | null
  readonly attempts: number
  readonly first_failed_at: number
  readonly last_failed_at: number
}

const SELECTED =
  'd.id, d.source, d.event_types, d.reason, d.fault, d.attempts, d.first_failed_at, d.last_failed_at'

const letterOf = (row: Row): DeadLetter => ({
  id: row.id,
  source: row.source,
  event_types: row.event_types === null ? null : (JSON.parse(row.event_types) as EventType[]),
  reason: row.reason,
  fault: row.fault,
  attempts: row.attempts,
  first_failed_at: toInstant(row.first_failed_at),
  last_failed_at: toInstant(row.last_failed_at),
})

/**
 * Dead letters, the latest to fail first.
 *
 * @throws {CursorMalformed}
 */
export async function listDeadLetters(
  store: Store,
  query: {
    readonly limit: number
    readonly cursor?: string | undefined
    readonly source?: string | undefined
    readonly reason?: DeadReason | undefined
  },
): Promise<{ dead_letters: DeadLetter[]; next_cursor: string | null }> {
  const before = fromCursor(query.cursor)
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM dead_letters d
       WHERE (d.last_failed_at, d.id) < (?1, ?2) AND ${scopeFilter('d.source', '?4')}
         AND (?5 IS NULL OR d.source = ?5) AND (?6 IS NULL OR d.reason = ?6)
       ORDER BY d.last_failed_at DESC, d.id DESC LIMIT ?3`,
    )
    .bind(
      before.atMs,
      before.id,
      query.limit + 1,
      scopedSources(store),
      query.source ?? null,
      query.reason ?? null,
    )
    .all<Row>()
  const { rows, next_cursor } = page(results, query.limit, ({ last_failed_at, id }) => ({
    atMs: last_failed_at,
    id,
  }))
  return { dead_letters: rows.map(letterOf), next_cursor }
}

/** Dead letters of one delivery, whose ids begin with the id of its request. */
export async function deadLettersOf(store: Store, requestId: string): Promise<readonly DeadLetter[]> {
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED} FROM dead_letters d
       WHERE (d.id = ?1 OR d.id > ?1 || '.' AND d.id < ?1 || '/') AND ${scopeFilter('d.source', '?2')} LIMIT 20`,
    )
    .bind(requestId, scopedSources(store))
    .all<Row>()
  return results.map(letterOf)
}

/** Of those that can be sent again. */
export interface RedriveFilter {
  readonly source?: string | undefined
  readonly reason?: DeadReason | undefined
  /** Given up before. */
  readonly untilMs?: number | undefined
}

const IS_REDRIVABLE =
  'envelope IS NOT NULL AND (?2 IS NULL OR source = ?2) AND (?3 IS NULL OR reason = ?3) AND (?4 IS NULL OR last_failed_at < ?4)'

const boundOf = ({ source, reason, untilMs }: RedriveFilter) =>
  [source ?? null, reason ?? null, untilMs ?? null] as const

/** Oldest first. @param which ids, or those that can be sent again */
export async function readDeadLetters(
  store: Store,
  which: readonly string[] | RedriveFilter,
  limit: number,
): Promise<DeadLetterEntry[]> {
  const [where, bound] =
    'length' in which
      ? (['id IN (SELECT value FROM json_each(?2))', [JSON.stringify(which)]] as const)
      : ([IS_REDRIVABLE, boundOf(which)] as const)
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED}, d.envelope, lower(hex(d.sealed)) AS sealed FROM dead_letters d
       WHERE ${where} AND ${scopeFilter('d.source', '?1')}
       ORDER BY d.last_failed_at, d.id LIMIT ${limit}`,
    )
    .bind(scopedSources(store), ...bound)
    .all<Row & { readonly envelope: string | null; readonly sealed: string }>()
  return results.map((row) => ({ ...letterOf(row), envelope: envelopeOf(row.envelope, row.sealed) }))
}

function envelopeOf(envelopeJson: string | null, sealedHex: string): Envelope | undefined {
  if (envelopeJson === null) return undefined
  const parts = JSON.parse(envelopeJson) as Record<string, unknown>
  const whole = parts['kind'] === 'inline' ? { ...parts, sealed: fromHex(sealedHex) } : parts
  const parsed = v.safeParse(EnvelopeSchema, whole)
  return parsed.success ? parsed.output : undefined
}

/**
 * Removes a dead letter.
 *
 * @param lastFailedAt as it was read: a message that has been dead-lettered again since then stays
 * @returns whether it was removed
 */
export async function removeDeadLetter(store: Store, id: string, lastFailedAt?: string): Promise<boolean> {
  const { meta } = await store.db
    .prepare(
      `DELETE FROM dead_letters
       WHERE id = ?1 AND (?2 IS NULL OR last_failed_at <= ?2) AND ${scopeFilter('source', '?3')}`,
    )
    .bind(id, lastFailedAt === undefined ? null : Date.parse(lastFailedAt), scopedSources(store))
    .run()
  return meta.changes > 0
}

/** How many there are, of one source or of all that are seen, up to a number. */
export async function countDeadLetters(store: Store, source?: string, most = -1): Promise<number> {
  const query = `SELECT count(*) AS letters FROM (SELECT 1 FROM dead_letters
    WHERE (?2 IS NULL OR source = ?2) AND ${scopeFilter('source', '?1')} LIMIT ${most})`
  const counted = store.db.prepare(query).bind(scopedSources(store), source ?? null)
  return (await counted.first<{ letters: number }>())?.letters ?? 0
}

/** How many can be sent again, by reason, the most first. */
export async function countRedrivable(
  store: Store,
  filter: RedriveFilter,
): Promise<readonly { readonly reason: DeadReason; readonly letters: number }[]> {
  const query = `SELECT reason, count(*) AS letters FROM dead_letters
    WHERE ${IS_REDRIVABLE} AND ${scopeFilter('source', '?1')} GROUP BY reason ORDER BY letters DESC, reason`
  const counted = store.db.prepare(query).bind(scopedSources(store), ...boundOf(filter))
  return (await counted.all<{ reason: DeadReason; letters: number }>()).results
}
