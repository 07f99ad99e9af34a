/** Verdicts in the store, by blind index and sealed. A claim on an address lets one caller alone ask a service: each call may cost. */
import { fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { parseStored } from '../platform/json.ts'
import { SealBroken } from '../platform/seal.ts'
import type { Store } from '../store/store.ts'
import type { Checked, Judgment } from './verdict.ts'

/** After that an ended list and its results are removed. */
export const JOB_KEPT_DAYS = 14

interface Row {
  readonly recipient: string
  readonly checked_at: number
  readonly expires_at: number
  readonly sealed: string
}

const READ = `
  SELECT lower(hex(recipient)) AS recipient, checked_at, expires_at, lower(hex(sealed)) AS sealed FROM address_verdicts
  WHERE recipient IN (SELECT unhex(value) FROM json_each(?1)) AND sealed IS NOT NULL AND expires_at > ?2`

/** Verdicts that still count, by blind index. If no key opens one, it is missing. */
export async function keptVerdicts(
  { db, sealer }: Pick<Store, 'db' | 'sealer'>,
  people: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, Checked>> {
  const { results } = await db.prepare(READ).bind(JSON.stringify(people), nowMs).all<Row>()
  const opened = await Promise.all(
    results.map(async ({ recipient, checked_at: checkedAtMs, expires_at: expiresAtMs, sealed }) => {
      const said = await openJson<Judgment & Pick<Checked, 'by'>>(sealer, sealed, recipient)
      return said === undefined ? [] : [[recipient, { ...said, checkedAtMs, expiresAtMs }] as const]
    }),
  )
  return new Map(opened.flat())
}

/** Opens a value of {@link sealJson}; `undefined` if no key opens it. */
export async function openJson<T>(
  sealer: Store['sealer'],
  sealedHex: string,
  associatedData: string,
): Promise<T | undefined> {
  try {
    const plain = await sealer.open(fromHex(sealedHex) ?? new Uint8Array(), associatedData)
    return parseStored(textOf(plain) ?? '') as T | undefined
  } catch (cause) {
    if (cause instanceof SealBroken) return undefined
    throw cause
  }
}

/** In hex. */
export const sealJson = async (
  sealer: Store['sealer'],
  json: unknown,
  associatedData: string,
): Promise<string> => toHex(await sealer.seal(utf8(JSON.stringify(json)), associatedData))

/** SQL: whether nobody has erased a person since a time. What began before an erasure must not write after it. */
const isNotErased = (person: string, sinceMs: string): string =>
  `NOT EXISTS (SELECT 1 FROM erasures x WHERE x.person = ${person} AND x.erased_at >= ${sinceMs})`

const KEEP = `
  INSERT INTO address_verdicts (recipient, checked_at, expires_at, asked_until, sealed)
  SELECT unhex(value ->> 0), value ->> 1, value ->> 2, 0, unhex(value ->> 3) FROM json_each(?1)
  WHERE ${isNotErased('unhex(value ->> 0)', '?2')}
  ON CONFLICT (recipient) DO UPDATE SET checked_at = excluded.checked_at, expires_at = excluded.expires_at,
    sealed = excluded.sealed WHERE sealed IS NULL OR excluded.checked_at >= checked_at`

/**
 * Keeps verdicts, by blind index. A newer one stays: a caller whom DNS has answered may come after one whom a service has.
 *
 * @param sinceMs when the check began
 */
export async function keepVerdicts(
  { db, sealer }: Pick<Store, 'db' | 'sealer'>,
  verdicts: readonly (readonly [person: string, checked: Checked])[],
  sinceMs: number,
): Promise<void> {
  const rows = await Promise.all(
    verdicts.map(async ([person, { checkedAtMs, expiresAtMs, ...said }]) => [
      person,
      checkedAtMs,
      expiresAtMs,
      await sealJson(sealer, said, person),
    ]),
  )
  if (rows.length > 0) await db.prepare(KEEP).bind(JSON.stringify(rows), sinceMs).run()
}

/** A claim alone is a row, too, and is removed like one that has expired. */
const CLAIM = `
  INSERT INTO address_verdicts (recipient, checked_at, expires_at, asked_until)
  SELECT unhex(?1), ?2, ?3, ?3 WHERE ${isNotErased('unhex(?1)', '?2')}
  ON CONFLICT (recipient) DO UPDATE SET asked_until = excluded.asked_until WHERE asked_until <= ?4`

/** @returns whether nobody else asks now @param sinceMs when the check began */
export async function claimAddress(
  { db }: Pick<Store, 'db'>,
  person: string,
  nowMs: number,
  untilMs: number,
  sinceMs: number,
): Promise<boolean> {
  return (await db.prepare(CLAIM).bind(person, sinceMs, untilMs, nowMs).run()).meta.changes > 0
}

/** Ends a claim at a time, which is now unless the service is to be left alone. */
export async function endClaim({ db }: Pick<Store, 'db'>, person: string, untilMs: number): Promise<void> {
  await db
    .prepare('UPDATE address_verdicts SET asked_until = ?2 WHERE recipient = unhex(?1)')
    .bind(person, untilMs)
    .run()
}

const FORGET = `
  DELETE FROM address_verdicts WHERE recipient IN (
    SELECT recipient FROM address_verdicts WHERE expires_at <= ?1 AND asked_until <= ?1 LIMIT ?2)`

/** Removes those that count no more. @returns how many, at most so many */
export const forgetVerdicts = async (
  { db }: Pick<Store, 'db'>,
  nowMs: number,
  max: number,
): Promise<number> => (await db.prepare(FORGET).bind(nowMs, max).run()).meta.changes
