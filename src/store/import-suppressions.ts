/**
 * Imports suppressions: another system's list, or an export of ours. A row that has a time is evidence of that time, as an
 * event is: what was lifted later stays lifted. A row without a time counts as of now.
 */
import { toBase64, toHex, utf8 } from '../platform/bytes.ts'
import { encrypt } from '../platform/seal.ts'
import type { KeptSuppression } from './kept-suppressions.ts'
import { peopleOf } from './keys.ts'
import type { Person } from './people.ts'
import { type StoredReason, isUnsubscribe, scopeEnding } from './suppression-reasons.ts'
import type { Store } from './store.ts'
import { noteAssociatedData } from './suppressions.ts'

export interface ImportedSuppression {
  readonly address: string
  readonly reason: StoredReason
  /** Empty for none. */
  readonly note: string
  /** Time of the first evidence; null for now, or for no evidence if `liftedAtMs` is set. */
  readonly sinceMs: number | null
  /** Time of the newest evidence; null for `sinceMs`. */
  readonly asOfMs: number | null
  /** When the reason was last lifted; null for never. */
  readonly liftedAtMs: number | null
  /** When it ends by itself; null for never. */
  readonly expiresAtMs: number | null
  readonly source: string | null
  readonly eventId: string | null
  readonly nativeType: string | null
  /** The ESP's own words. Kept only beside an `eventId`, which they are sealed with. */
  readonly evidence: string | null
}

/** How many entries had which effect. The rest were known, or listed twice. */
export interface Imported {
  /** Added, or changed by older or newer evidence. */
  readonly added: number
  readonly lifted: number
  /** Lifted here after the time of the entry. They stay lifted. */
  readonly keptLifted: number
}

/** An entry as SQL reads it; names as in the table. */
interface Row {
  readonly recipient: string
  readonly reason: StoredReason
  readonly since: number
  readonly as_of: number
  readonly dated: 0 | 1
  readonly expires_at: number | null
  readonly event_id: string | null
  readonly source: string | null
  readonly native_type: string | null
  readonly sealed: string | null
  /** Hex; empty for none. */
  readonly note: string
}

interface Lifting {
  readonly recipient: string
  readonly reason: StoredReason
  readonly lifted_at: number
}

/** Entries that one statement takes: with the longest texts below the 2 MB of a value in D1. */
const STATEMENT_ENTRIES = 200

/** Imports entries, some hundreds in a transaction. @param guards as below */
export async function importSuppressions(
  store: Store,
  entries: readonly (ImportedSuppression | KeptSuppression)[],
  nowMs: number,
  guards: readonly D1PreparedStatement[] = [],
): Promise<Imported> {
  let sums: Imported = { added: 0, lifted: 0, keptLifted: 0 }
  for (let i = 0; i < entries.length; i += STATEMENT_ENTRIES) {
    const one = await importSome(store, entries.slice(i, i + STATEMENT_ENTRIES), nowMs, guards)
    sums = {
      added: sums.added + one.added,
      lifted: sums.lifted + one.lifted,
      keptLifted: sums.keptLifted + one.keptLifted,
    }
  }
  return sums
}

/**
 * Imports entries in one transaction. A second import changes nothing. Of entries for one address and reason the first counts,
 * in whatever spelling. Times in the future are cut to now. An entry that was kept for an erased person makes no key.
 *
 * @param guards statements that fail both transactions if the entries must not be imported any more
 */
async function importSome(
  store: Store,
  entries: readonly (ImportedSuppression | KeptSuppression)[],
  nowMs: number,
  guards: readonly D1PreparedStatement[],
): Promise<Imported> {
  const people = await peopleOf(
    store,
    entries.flatMap((entry) => ('address' in entry ? [entry.address] : [])),
    guards,
  )

  const known = new Set<string>()
  const rows: Row[] = []
  const liftings: Lifting[] = []
  const liftingsBelowEvidence: Lifting[] = []
  for (const entry of entries) {
    const person = 'address' in entry ? people.get(entry.address) : undefined
    const recipient = 'address' in entry ? person?.index : entry.person
    const key = `${recipient} ${entry.reason}`
    if (recipient === undefined || known.has(key)) continue
    known.add(key)
    const { liftedAtMs, sinceMs, reason } = entry
    const isSuppressed = sinceMs !== null || liftedAtMs === null
    if (isSuppressed) {
      const row = rowOf(entry, recipient, nowMs)
      rows.push('address' in entry && person !== undefined ? await withPersonal(row, entry, person) : row)
    }
    if (liftedAtMs !== null)
      (isSuppressed ? liftingsBelowEvidence : liftings).push({
        recipient,
        reason,
        lifted_at: Math.min(liftedAtMs, nowMs),
      })
  }

  const json = JSON.stringify(rows)
  const [, lifted, kept, , added] = await store.db.batch<{ count: number }>([
    store.db.prepare(LIFT).bind(JSON.stringify(liftingsBelowEvidence)),
    store.db.prepare(LIFT).bind(JSON.stringify(liftings)),
    store.db.prepare(KEPT_LIFTED).bind(json),
    store.db.prepare(KEEP_EVIDENCE).bind(json),
    store.db.prepare(ADD).bind(json),
    ...guards,
  ])
  return {
    added: added?.meta.changes ?? 0,
    lifted: lifted?.meta.changes ?? 0,
    keptLifted: kept?.results[0]?.count ?? 0,
  }
}

function rowOf(
  { reason, sinceMs, asOfMs, source, expiresAtMs = null }: Omit<KeptSuppression, 'person'>,
  recipient: string,
  nowMs: number,
): Row {
  const since = Math.min(sinceMs ?? nowMs, nowMs)
  return {
    recipient,
    reason,
    since,
    as_of: Math.max(since, Math.min(asOfMs ?? since, nowMs)),
    dated: sinceMs === null ? 0 : 1,
    expires_at: expiresAtMs,
    event_id: null,
    source,
    native_type: null,
    sealed: null,
    note: '',
  }
}

/** The row with what is sealed under the person's key. */
async function withPersonal(
  row: Row,
  { note, eventId, nativeType, evidence }: ImportedSuppression,
  { key, index }: Person,
): Promise<Row> {
  return {
    ...row,
    event_id: eventId,
    native_type: nativeType,
    sealed:
      eventId === null || evidence === null
        ? null
        : toBase64(await encrypt(key, utf8(JSON.stringify({ reason: evidence })), eventId)),
    note: note === '' ? '' : toHex(await encrypt(key, utf8(note), noteAssociatedData(index))),
  }
}

const field = (name: keyof Row): string => `j.value ->> '${name}'`

/** A lifting covers earlier evidence. Of newer evidence that is stored beside it, only the time of the newest is known. */
const LIFT = `
  INSERT INTO suppressions (recipient, reason, lifted_at)
  SELECT unhex(j.value ->> 'recipient'), j.value ->> 'reason', j.value ->> 'lifted_at' FROM json_each(?1) j WHERE true
  ON CONFLICT (recipient, reason) DO UPDATE SET
    lifted_at = excluded.lifted_at,
    (since, event_id, source, native_type, sealed) = (
      SELECT iif(k.kept, suppressions.since, suppressions.as_of), iif(k.kept, suppressions.event_id, NULL),
        iif(k.kept, suppressions.source, NULL), iif(k.kept, suppressions.native_type, NULL), iif(k.kept, suppressions.sealed, NULL)
      FROM (SELECT suppressions.since >= excluded.lifted_at AS kept) k)
  WHERE excluded.lifted_at > suppressions.lifted_at`

/** The entries, with the lifting that is stored for each: by hand, or by the source that reported the unsubscribe. */
const WITH_LIFTED = `
  entries AS MATERIALIZED (
    SELECT unhex(${field('recipient')}) AS recipient, ${field('reason')} AS reason, ${field('since')} AS since,
      ${field('as_of')} AS as_of, ${field('dated')} AS dated, ${field('event_id')} AS event_id, ${field('source')} AS source,
      ${field('native_type')} AS native_type, ${field('sealed')} AS sealed, ${field('expires_at')} AS expires_at, unhex(${field('note')}) AS note
    FROM json_each(?1) j),
  checked AS MATERIALIZED (
    SELECT e.*, coalesce(s.active, 0) AS active, max(coalesce(s.lifted_at, 0), coalesce(b.lifted_at, 0)) AS lifted_at
    FROM entries e
    LEFT JOIN suppressions s ON s.recipient = e.recipient AND s.reason = e.reason
    LEFT JOIN resubscribed b ON b.recipient = e.recipient AND ${isUnsubscribe('e.reason')}
      AND b.source = e.source || ${scopeEnding('e.reason')})`

const KEPT_LIFTED = `
  WITH ${WITH_LIFTED} SELECT count(*) AS count FROM checked WHERE as_of < lifted_at AND NOT active`

/**
 * A source may later lift its own unsubscribes. The source of newer evidence than the first is not known, so that no source
 * lifts it.
 */
const KEEP_EVIDENCE = `
  WITH ${WITH_LIFTED},
  known AS (
    SELECT recipient, reason, since AS occurred_at, event_id, source, native_type, sealed FROM checked
    WHERE ${isUnsubscribe('reason')} AND since >= lifted_at AND (dated OR NOT active)
    UNION ALL
    SELECT recipient, reason, as_of, NULL, NULL, NULL, NULL FROM checked
    WHERE ${isUnsubscribe('reason')} AND as_of >= lifted_at AND as_of > since)
  INSERT INTO evidence (recipient, reason, occurred_at, event_id, source, native_type, sealed)
  SELECT recipient, reason, occurred_at, coalesce(event_id, ''), coalesce(source, ''), coalesce(native_type, ''), sealed
  FROM known WHERE true ON CONFLICT DO NOTHING`

/** SQL: whether the listed evidence stays the first. */
const LISTED_IS_FIRST = `suppressions.active AND suppressions.since >= suppressions.lifted_at
  AND suppressions.since <= excluded.since`

/** SQL: the later of both ends; null, which is never, is the latest. */
const LATER_END = `nullif(max(coalesce(suppressions.expires_at, 9e15), coalesce(excluded.expires_at, 9e15)), 9e15)`

const OF_FIRST = ['since', 'event_id', 'source', 'native_type', 'sealed']

const ADD = `
  WITH ${WITH_LIFTED}
  INSERT INTO suppressions (recipient, reason, since, as_of, event_id, source, native_type, sealed, note, expires_at)
  SELECT recipient, reason, iif(since < lifted_at, as_of, since), as_of,
    iif(since < lifted_at, NULL, event_id), iif(since < lifted_at, NULL, source), iif(since < lifted_at, NULL, native_type),
    iif(since < lifted_at, NULL, sealed), nullif(note, x''), expires_at
  FROM checked WHERE as_of >= lifted_at AND (dated OR NOT active)
  ON CONFLICT (recipient, reason) DO UPDATE SET
    as_of = max(coalesce(suppressions.as_of, 0), excluded.as_of),
    expires_at = iif(suppressions.active, ${LATER_END}, excluded.expires_at),
    rule = iif(suppressions.active, suppressions.rule, NULL),
    provisional = iif(suppressions.active, suppressions.provisional, NULL),
    note = iif(suppressions.active, coalesce(suppressions.note, excluded.note), excluded.note),
    ${OF_FIRST.map((name) => `${name} = iif(${LISTED_IS_FIRST}, suppressions.${name}, excluded.${name})`).join(',\n    ')}
  WHERE NOT suppressions.active OR excluded.since < suppressions.since OR excluded.as_of > suppressions.as_of
    OR (suppressions.note IS NULL AND excluded.note IS NOT NULL)
    OR ${LATER_END} IS NOT suppressions.expires_at`
