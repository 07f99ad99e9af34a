/**
 * Judges people by the policy in the database: reads what is known of each, and writes what differs. Whoever writes checks in the same
 * transaction that nothing has changed since it was read.
 */
import type { Cause } from '../../event/cause/causes.ts'
import { fingerprintOf, personFingerprint } from '../fingerprint.ts'
import { DELIVERIES_MISSING_UNTIL } from '../history.ts'
import { segmentsOf } from '../inverted-index.ts'
import { column } from '../stored-event.ts'
import type { Policy } from './document.ts'
import {
  BOUNCE_REASONS,
  type Bounce,
  type BounceReason,
  type Delivery,
  type Entry,
  type Fixed,
  type Judgment,
  judge,
} from './judge.ts'
import { isOtherPolicy, policyOf, type PolicyRow, policyStatement, type StoredPolicy } from './stored.ts'

/** The newest bounces of a person that are read. Older ones are deleted when there are more. */
export const BOUNCES_MAX = 100

export interface AskedPerson {
  /** Blind index, 32 hex digits. */
  readonly person: string
  /** If not, she is only read if she has an entry: only a delivery may change it. */
  readonly isBounced: boolean
}

const REASONS = `('hard_bounce', 'soft_bounces')`

/** Bound to the asked people. */
const READ = `
  WITH asked AS MATERIALIZED (SELECT unhex(value ->> 0) AS recipient, value ->> 1 AS bounced FROM json_each(?1))
  SELECT lower(hex(a.recipient)) AS person, a.bounced,
    (SELECT json_group_array(json_array(s.reason, s.since, s.as_of, s.lifted_at, s.active, s.event_id, s.rule, s.expires_at, s.provisional))
     FROM suppressions s WHERE s.recipient = a.recipient AND s.reason IN ${REASONS}) AS rows,
    (SELECT json_group_array(json_array(event_id, occurred_at, source, reason, cause, message, lifted, hour)) FROM (
      SELECT v.*, w.hour FROM evidence v LEFT JOIN mailbox_waves w
        ON w.mailbox_provider = v.mailbox_provider AND w.hour = v.occurred_at / 3600000
      WHERE v.recipient = a.recipient AND v.reason IN ${REASONS}
      ORDER BY v.occurred_at DESC, v.event_id DESC LIMIT ${BOUNCES_MAX})) AS bounces
  FROM asked a WHERE a.bounced OR EXISTS (
    SELECT 1 FROM suppressions s WHERE s.recipient = a.recipient AND s.reason IN ${REASONS} AND s.active)`

const STATE = `SELECT coalesce(max(segment), 0) AS segment, ${DELIVERIES_MISSING_UNTIL} AS missingUntilMs,
  (SELECT json_group_array(mailbox_provider || ' ' || hour) FROM (
    SELECT mailbox_provider, hour FROM mailbox_waves ORDER BY hour DESC LIMIT 100)) AS waves
  FROM segments`

type RowValues = [
  BounceReason,
  number | null,
  number | null,
  number,
  0 | 1,
  string | null,
  number | null,
  number | null,
  0 | 1 | null,
]
type BounceValues = [
  string,
  number,
  string,
  BounceReason,
  Cause | null,
  string | null,
  1 | null,
  number | null,
]

interface PersonRow {
  readonly person: string
  readonly bounced: 0 | 1
  readonly rows: string
  readonly bounces: string
}

/** An entry as it is stored, also one that was lifted. */
export interface SeenEntry {
  readonly reason: BounceReason
  readonly sinceMs: number | null
  readonly asOfMs: number | null
  readonly liftedMs: number
  readonly isActive: boolean
  readonly eventId: string | null
  readonly rule: number | null
  readonly expiresAtMs: number | null
  readonly isProvisional: boolean
}

export interface SeenPerson {
  readonly person: string
  readonly isBounced: boolean
  readonly entries: readonly SeenEntry[]
  /** In the order of their times. */
  readonly bounces: readonly Bounce[]
  /** Ids of evidence that an operator lifted. */
  readonly lifted: ReadonlySet<string>
}

export interface Seen {
  readonly stored: StoredPolicy
  /** The newest segment when it was read. */
  readonly segment: number
  /** Deliveries of until then may be missing, so a soft bounce of then proves nothing. */
  readonly missingUntilMs: number
  /** The newest waves, each as `gmail 494_000`: mailbox provider, and hour since the epoch. */
  readonly waves: ReadonlySet<string>
  readonly asked: readonly AskedPerson[]
  readonly people: readonly SeenPerson[]
}

/** Three statements for one transaction, whose answers {@link seenOf} reads. */
export const seeStatements = (db: D1Database, asked: readonly AskedPerson[]): D1PreparedStatement[] => [
  policyStatement(db),
  db.prepare(STATE).bind(),
  db.prepare(READ).bind(JSON.stringify(asked.map(({ person, isBounced }) => [person, isBounced ? 1 : 0]))),
]

export function seenOf(asked: readonly AskedPerson[], answers: readonly (D1Result | undefined)[]): Seen {
  const [policy, states, people] = answers.map((answer) => answer?.results ?? [])
  const [{ segment, missingUntilMs, waves } = { segment: 0, missingUntilMs: -1, waves: '[]' }] =
    states as unknown as {
      readonly segment: number
      readonly missingUntilMs: number
      readonly waves: string
    }[]
  return {
    segment,
    missingUntilMs,
    waves: new Set(JSON.parse(waves) as string[]),
    stored: policyOf(policy as unknown as PolicyRow[]),
    asked,
    people: (people as unknown as PersonRow[]).map(personOf),
  }
}

const personOf = ({ person, bounced, rows, bounces }: PersonRow): SeenPerson => {
  const all = (JSON.parse(bounces) as BounceValues[]).toReversed()
  return {
    person,
    isBounced: bounced === 1,
    entries: (JSON.parse(rows) as RowValues[]).map(entryOf),
    bounces: all.flatMap(([id, atMs, source, reason, cause, message, lifted, waveHour]) =>
      lifted === 1 ? [] : [{ id, atMs, source, reason, cause, message, isOfWave: waveHour !== null }],
    ),
    lifted: new Set(all.flatMap(([id, , , , , , lifted]) => (lifted === 1 ? [id] : []))),
  }
}

const entryOf = ([
  reason,
  sinceMs,
  asOfMs,
  liftedMs,
  active,
  eventId,
  rule,
  expiresAtMs,
  provisional,
]: RowValues): SeenEntry => ({
  reason,
  sinceMs,
  asOfMs,
  liftedMs,
  isActive: active === 1,
  eventId,
  rule,
  expiresAtMs,
  isProvisional: provisional === 1,
})

/** Bound to people, and since when. */
const DELIVERIES = `
  WITH searched AS MATERIALIZED (
    SELECT unhex(value ->> 0) AS recipient, ${fingerprintOf(`unhex(value ->> 0)`)} AS fingerprint, value ->> 1 AS from_ms
    FROM json_each(?1))
  SELECT lower(hex(l.recipient)) AS person, ${column('source')} AS source, ${column('occurred_at')} AS atMs
  FROM searched l CROSS JOIN segments b ON b.segment IN ${segmentsOf('l.fingerprint')} AND b.last_ms >= l.from_ms
  CROSS JOIN json_each(b.contents) e
  WHERE ${column('type')} = 'email.delivered' AND unhex(${column('recipient')}) = l.recipient
    AND ${column('occurred_at')} >= l.from_ms`

export type DeliveryOf = Delivery & { readonly person: string }

/** @param searched blind indexes, each with the time from which on deliveries are wanted */
export async function deliveriesTo(
  db: D1Database,
  searched: readonly (readonly [string, number])[],
): Promise<readonly DeliveryOf[]> {
  if (searched.length === 0) return []
  return (
    await db.prepare(DELIVERIES).bind(JSON.stringify(searched)).all<DeliveryOf & Record<string, unknown>>()
  ).results
}

export interface Judged {
  readonly seen: SeenPerson
  readonly entries: Judgment['entries']
}

/**
 * Judges all people. Deliveries are searched for only where they can change the answer.
 *
 * @param added deliveries that are not stored yet
 */
export async function judgeAll(
  db: D1Database,
  policy: Policy,
  people: readonly SeenPerson[],
  added: readonly DeliveryOf[] = [],
): Promise<readonly Judged[]> {
  const first = people.map((seen) => ({ seen, judgment: judge(policy, evidenceOf(seen, [])) }))
  const searched = first.flatMap(({ seen, judgment: { deliveriesFromMs: fromMs } }) =>
    fromMs === null ? [] : [[seen.person, fromMs] as const],
  )
  const found = Map.groupBy([...(await deliveriesTo(db, searched)), ...added], ({ person }) => person)
  return first.map(({ seen, judgment }) => ({
    seen,
    entries:
      judgment.deliveriesFromMs === null
        ? judgment.entries
        : judge(policy, evidenceOf(seen, found.get(seen.person) ?? [])).entries,
  }))
}

/** The person with more bounces, which may be known already, or lifted. */
export function withBounces(seen: SeenPerson, added: readonly Bounce[]): SeenPerson {
  const known = new Set([...seen.bounces.map(({ id }) => id), ...seen.lifted])
  const all = [...seen.bounces, ...added.filter(({ id }) => !known.has(id))]
  return { ...seen, bounces: all.toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1)) }
}

const evidenceOf = ({ entries, bounces }: SeenPerson, deliveries: readonly Delivery[]) => ({
  bounces,
  deliveries,
  fixed: entries.flatMap((entry) => fixedOf(entry, bounces)),
  liftedMs: {
    hard_bounce: liftedOf(entries, 'hard_bounce'),
    soft_bounces: liftedOf(entries, 'soft_bounces'),
  },
})

const liftedOf = (entries: readonly SeenEntry[], reason: BounceReason): number =>
  entries.find((entry) => entry.reason === reason)?.liftedMs ?? 0

/** Whether an entry is in force or over, and its bounce is not in the evidence. */
export const isFixed = ({ isActive, eventId }: SeenEntry, bounces: readonly Bounce[]): boolean =>
  isActive && !bounces.some(({ id }) => id === eventId)

function fixedOf(entry: SeenEntry, bounces: readonly Bounce[]): readonly Fixed[] {
  const { reason, sinceMs, asOfMs, expiresAtMs, rule, isProvisional } = entry
  if (!isFixed(entry, bounces) || sinceMs === null || asOfMs === null) return []
  return [{ reason, sinceMs, asOfMs, expiresAtMs, rule, isProvisional }]
}

/** A change of the list: null for the entry if it ends. */
export interface ListChange {
  readonly person: string
  readonly reason: BounceReason
  readonly before: SeenEntry | undefined
  readonly after: Entry | null
}

export const changesOf = (judged: readonly Judged[]): readonly ListChange[] =>
  judged.flatMap(({ seen: { person, entries }, entries: wanted }) =>
    BOUNCE_REASONS.flatMap((reason): ListChange[] => {
      const before = entries.find((entry) => entry.reason === reason)
      const after = wanted[reason]
      return isSame(before, after) ? [] : [{ person, reason, before, after }]
    }),
  )

function isSame(before: SeenEntry | undefined, after: Entry | null): boolean {
  if (before?.isActive !== true || after === null) return (before?.isActive ?? false) === (after !== null)
  return (
    (after.first === null || before.eventId === after.first.id) &&
    before.sinceMs === after.sinceMs &&
    before.asOfMs === after.asOfMs &&
    before.rule === after.rule &&
    before.expiresAtMs === after.expiresAtMs &&
    before.isProvisional === after.isProvisional
  )
}

const CHANGED = `SELECT unhex(value ->> 0) AS recipient, value ->> 1 AS reason, value ->> 2 AS since, value ->> 3 AS as_of,
  value ->> 4 AS rule, value ->> 5 AS expires_at, value ->> 6 AS provisional, value ->> 7 AS evidence_reason,
  value ->> 8 AS event_id FROM json_each(?1)`

/** Entries that begin, or begin with another bounce, from which they have its source and words. */
const BEGIN = `
  WITH changed AS MATERIALIZED (${CHANGED})
  INSERT INTO suppressions (recipient, reason, since, as_of, rule, expires_at, provisional, event_id, source, native_type, sealed)
  SELECT c.recipient, c.reason, c.since, c.as_of, c.rule, c.expires_at, c.provisional, v.event_id, v.source, v.native_type, v.sealed
  FROM changed c CROSS JOIN evidence v ON v.recipient = c.recipient AND v.reason = c.evidence_reason
    AND v.occurred_at = c.since AND v.event_id = c.event_id
  WHERE true
  ON CONFLICT (recipient, reason) DO UPDATE SET since = excluded.since, as_of = excluded.as_of, rule = excluded.rule,
    expires_at = excluded.expires_at, provisional = excluded.provisional, event_id = excluded.event_id,
    source = excluded.source, native_type = excluded.native_type, sealed = excluded.sealed`

/** Entries that stay with other terms, and those that end. */
const CHANGE = `
  WITH changed AS MATERIALIZED (${CHANGED})
  UPDATE suppressions AS s SET since = c.since, as_of = c.as_of, rule = c.rule, expires_at = c.expires_at, provisional = c.provisional,
    (event_id, source, native_type, sealed) = (
      SELECT iif(c.since IS NULL, NULL, s.event_id), iif(c.since IS NULL, NULL, s.source), iif(c.since IS NULL, NULL, s.native_type),
        iif(c.since IS NULL, NULL, s.sealed))
  FROM changed c WHERE s.recipient = c.recipient AND s.reason = c.reason`

const FORGET = `
  DELETE FROM evidence WHERE (recipient, reason) IN (
      SELECT unhex(j.value ->> 0), r.value FROM json_each(?1) j CROSS JOIN json_each('["hard_bounce","soft_bounces"]') r)
    AND occurred_at < (SELECT value ->> 1 FROM json_each(?1) WHERE unhex(value ->> 0) = recipient)`

/** Statements that write what differs, and forget evidence that is never read. */
export function writeStatements(db: D1Database, judged: readonly Judged[]): readonly D1PreparedStatement[] {
  const changes = changesOf(judged)
  const isBegun = ({ before, after }: ListChange): boolean =>
    after !== null &&
    after.first !== null &&
    !(before?.isActive === true && before.eventId === after.first.id)
  const statement = (sql: string, some: readonly ListChange[]) =>
    some.length === 0 ? [] : [db.prepare(sql).bind(JSON.stringify(some.map(valuesOf)))]
  const full = judged.flatMap(({ seen: { person, bounces } }) =>
    bounces.length < BOUNCES_MAX ? [] : [[person, bounces.at(-BOUNCES_MAX)?.atMs]],
  )
  return [
    ...statement(
      CHANGE,
      changes.filter((change) => !isBegun(change)),
    ),
    ...statement(BEGIN, changes.filter(isBegun)),
    ...(full.length === 0 ? [] : [db.prepare(FORGET).bind(JSON.stringify(full))]),
  ]
}

const valuesOf = ({ person, reason, after }: ListChange) => [
  person,
  reason,
  after?.sinceMs ?? null,
  after?.asOfMs ?? null,
  after?.rule ?? null,
  after?.expiresAtMs ?? null,
  after?.isProvisional === true ? 1 : null,
  after?.first?.reason ?? null,
  after?.first?.id ?? null,
]

/**
 * SQL: a row if what was read has changed. Bound to the version of the policy, to what was seen of each person and reason, to the
 * fingerprints of those who were read, to the newest segment then, and to the writer, whose own segments do not count. Of a person
 * who had no entry and did not bounce, only an entry is a change.
 */
const MOVED = `
  FROM (SELECT 1) WHERE ${isOtherPolicy('?1')}
    OR EXISTS (
      SELECT 1 FROM json_each(?2) j LEFT JOIN suppressions s ON s.recipient = unhex(j.value ->> 0) AND s.reason = j.value ->> 1
      WHERE iif(j.value ->> 4 IS NULL, s.active IS 1,
        s.since IS NOT j.value ->> 2 OR s.as_of IS NOT j.value ->> 3 OR coalesce(s.lifted_at, 0) <> j.value ->> 4))
    OR EXISTS (
      SELECT 1 FROM segments b CROSS JOIN json_each(?3) f
      WHERE b.segment > ?4 AND b.writer <> ?5 AND instr(b.fingerprints, '"' || f.value || '"'))`

function boundOf({ stored, segment, asked, people }: Seen, writer: number): readonly (number | string)[] {
  const byPerson = new Map(people.map((one) => [one.person, one]))
  const rows = asked.flatMap(({ person }) =>
    BOUNCE_REASONS.map((reason) => {
      const read = byPerson.get(person)
      const entry = read?.entries.find((one) => one.reason === reason)
      const liftedMs = read === undefined ? null : (entry?.liftedMs ?? 0)
      return [person, reason, entry?.sinceMs ?? null, entry?.asOfMs ?? null, liftedMs]
    }),
  )
  const fingerprints = people.map(({ person }) => personFingerprint(person))
  return [stored.version, JSON.stringify(rows), JSON.stringify(fingerprints), segment, writer]
}

/** A statement that fails its transaction if what was read has changed since. It comes before the writing. */
export const failIfMoved = (db: D1Database, seen: Seen, writer: number): D1PreparedStatement =>
  db
    .prepare(`SELECT json('somebody was judged anew: this is no JSON') ${MOVED}`)
    .bind(...boundOf(seen, writer))

/** Whether it failed for that, or would fail. */
export async function hasMoved(db: D1Database, seen: Seen): Promise<boolean> {
  const NO_WRITER = -1
  return (
    (await db
      .prepare(`SELECT 1 ${MOVED}`)
      .bind(...boundOf(seen, NO_WRITER))
      .first()) !== null
  )
}
