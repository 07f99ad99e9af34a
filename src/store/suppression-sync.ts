/** Suppressions by blind index, as a comparison with the list of an ESP needs them: no address, and no key is made. */
import type { StoredReason } from './suppression-reasons.ts'
import type { Store } from './store.ts'
import { isInForce } from './suppressions.ts'

/** One reason of a person. */
export interface ReasonHere {
  readonly reason: StoredReason
  readonly isInForce: boolean
  /** Whether somebody has lifted it, so that it did not just end by its time. */
  readonly isLifted: boolean
  /** When it was lifted or its time was over. Null if it blocks. An ESP may list a bounce some seconds after its event, so evidence is no bound. */
  readonly endedMs: number | null
}

export interface KnownHere {
  readonly reasons: readonly ReasonHere[]
  /** -1 if the person was never erased. */
  readonly erasedMs: number
  /** Whether the store can name the person. */
  readonly hasKey: boolean
}

const REASONS_OF = `
  SELECT j.value AS person, s.reason, s.active AND ${isInForce('s', '?2')} AS blocks, NOT s.active AS lifted,
    iif(s.active, s.expires_at, s.lifted_at) AS ended
  FROM json_each(?1) j CROSS JOIN suppressions s ON s.recipient = unhex(j.value)`

/** Unsubscribes of the source that it has lifted itself. */
const RESUBSCRIBED = `
  SELECT j.value AS person, 'unsubscribe' || substr(b.source, length(?2) + 1) AS reason, 0 AS blocks, 1 AS lifted, b.lifted_at AS ended
  FROM json_each(?1) j CROSS JOIN resubscribed b ON b.recipient = unhex(j.value)
  WHERE b.source = ?2 OR substr(b.source, 1, length(?2) + 1) = ?2 || ':'`

const PEOPLE = `
  SELECT j.value AS person, coalesce(x.erased_at, -1) AS erasedMs, r.recipient IS NOT NULL AS hasKey FROM json_each(?1) j
  LEFT JOIN recipients r ON r.recipient = unhex(j.value) LEFT JOIN erasures x ON x.person = unhex(j.value)`

interface ReasonRow {
  readonly person: string
  readonly reason: StoredReason
  readonly blocks: 0 | 1
  readonly lifted: 0 | 1
  readonly ended: number | null
}

interface PersonRow {
  readonly person: string
  readonly erasedMs: number
  readonly hasKey: 0 | 1
}

/** Everything that is known of people against writing to them, also what was lifted. */
export async function knownHere(
  { db }: Pick<Store, 'db'>,
  source: string,
  people: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, KnownHere>> {
  const json = JSON.stringify([...new Set(people)])
  const [reasons, resubscribed, persons] = await db.batch<ReasonRow | PersonRow>([
    db.prepare(REASONS_OF).bind(json, nowMs),
    db.prepare(RESUBSCRIBED).bind(json, source),
    db.prepare(PEOPLE).bind(json),
  ])
  const rows = [...(reasons?.results ?? []), ...(resubscribed?.results ?? [])] as ReasonRow[]
  const byPerson = Map.groupBy(rows, ({ person }) => person)
  return new Map(
    ((persons?.results ?? []) as PersonRow[]).map(({ person, erasedMs, hasKey }) => [
      person,
      {
        reasons: (byPerson.get(person) ?? []).map(({ reason, blocks, lifted, ended }) => ({
          reason,
          isInForce: blocks === 1,
          isLifted: lifted === 1,
          endedMs: blocks === 1 ? null : ended,
        })),
        erasedMs,
        hasKey: hasKey === 1,
      },
    ]),
  )
}

export interface SuppressedHere {
  readonly person: string
  readonly reasons: readonly {
    readonly reason: StoredReason
    /** Whether it ends by itself. */
    readonly ends: boolean
    readonly source: string | null
  }[]
}

/** People who can be named, by the order of their indexes. Reasons that were lifted or are over are left out. */
const SUPPRESSED = `
  SELECT lower(hex(s.recipient)) AS person,
    json_group_array(json_array(s.reason, s.expires_at IS NOT NULL, s.source)) AS reasons
  FROM suppressions s JOIN recipients r ON r.recipient = s.recipient
  WHERE s.recipient > unhex(?1) AND s.active AND ${isInForce('s', '?2')}
  GROUP BY s.recipient ORDER BY s.recipient LIMIT ?3`

/** A page of those who are suppressed, after a person. */
export async function suppressedAfter(
  { db }: Pick<Store, 'db'>,
  person: string,
  limit: number,
  nowMs: number,
): Promise<SuppressedHere[]> {
  const { results } = await db
    .prepare(SUPPRESSED)
    .bind(person, nowMs, limit)
    .all<{ person: string; reasons: string }>()
  return results.map((row) => ({
    person: row.person,
    reasons: (JSON.parse(row.reasons) as [StoredReason, 0 | 1, string | null][]).map(
      ([reason, ends, source]) => ({ reason, ends: ends === 1, source }),
    ),
  }))
}

/** Addresses by blind index; those of erased people are missing. */
export async function addressesOf(
  { db, people }: Pick<Store, 'db' | 'people'>,
  indexes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { results } = await db
    .prepare(
      `SELECT j.value AS person, lower(hex(r.wrapped_key)) AS wrapped_key FROM json_each(?1) j
       CROSS JOIN recipients r ON r.recipient = unhex(j.value)`,
    )
    .bind(JSON.stringify(indexes))
    .all<{ person: string; wrapped_key: string }>()
  const found = await Promise.all(results.map((row) => people.find(row.person, row.wrapped_key)))
  return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.index, one.address] as const])))
}
