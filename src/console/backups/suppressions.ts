/** The suppressions beside a backup: sealed parts, which are restored one a call. */
import * as v from 'valibot'
import { BackupIdSchema, type Counted } from '../../api/backups.ts'
import { parseJsonText } from '../../platform/json.ts'
import { textOf, utf8 } from '../../platform/bytes.ts'
import { SealBroken } from '../../platform/seal.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { newestErasures } from '../../store/erasures/newest-of.ts'
import { failIfErased, isRefusal, readProgress } from '../../store/erasures/progress.ts'
import {
  type Imported,
  type ImportedSuppression,
  importSuppressions,
} from '../../store/import-suppressions.ts'
import { type KeptSuppression, keptSuppressions } from '../../store/kept-suppressions.ts'
import { type StoredReason, storedReason } from '../../store/suppression-reasons.ts'
import type { Store } from '../../store/store.ts'
import { type SuppressionRow, exportSuppressions } from '../../store/suppression-rows.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { madeAtMsOf } from './id.ts'

export const SUPPRESSIONS_FOLDER = 'suppressions/'

/** Rows of a part: one query, one object, and one call to restore it. */
const PART_ROWS = 2_000

/** Parts of one backup: a million rows, and far below the 1,000 queries that an invocation may make. */
const PARTS_MAX = 500

/** A part, as it is sealed. A part of an earlier version has no `kept`. */
interface Part {
  readonly isLast: boolean
  readonly rows: readonly StoredRow[]
  /** Of erased people. */
  readonly kept?: readonly KeptSuppression[]
}

/** With the reason as the table has it, so that an older version takes no scope for all mail. */
interface StoredRow extends Omit<SuppressionRow, 'reason' | 'scope' | 'expires_at'> {
  readonly reason: StoredReason
  /** Absent in a backup of before 0.4. */
  readonly expires_at?: string | null
}

type KeepContext = Pick<RequestContext, 'store' | 'backups' | 'erasures'>

/**
 * Keeps all suppressions beside the backup of this id, also those that are lifted. Everybody who was erased before the backup was made is
 * erased in it, also if the erasure has just begun.
 */
export async function keepSuppressions(context: KeepContext, id: string): Promise<Counted> {
  await context.erasures.ensure()
  let [parts, rows, bytes] = [0, 0, 0]
  for await (const one of partsOf(context.store)) {
    if (parts >= PARTS_MAX) throw new RangeError('there are more suppressions than a backup holds')
    const key = keyOf(id, parts++)
    const sealed = await context.store.sealer.seal(utf8(JSON.stringify(one)), key)
    await context.backups.put(key, sealed)
    rows += one.rows.length + (one.kept?.length ?? 0)
    bytes += sealed.byteLength
  }
  return { parts, rows, bytes }
}

/** Names of the parts that the bucket does not have as they were counted: `suppressions/0001`. */
export async function missingSuppressions(
  backups: R2Bucket,
  id: string,
  counted: Counted | null,
): Promise<string[]> {
  if (counted === null) return ['suppressions']
  const { objects } = await backups.list({ prefix: `${SUPPRESSIONS_FOLDER}${id}/`, limit: PARTS_MAX })
  const sizes = new Map(objects.map(({ key, size }) => [key, size]))
  const names = Array.from({ length: counted.parts }, (_, part) => partName(part))
  const missing = names.filter((_, part) => !sizes.has(keyOf(id, part)))
  const bytes = objects.reduce((sum, { size }) => sum + size, 0)
  return missing.length > 0 || bytes === counted.bytes ? missing : ['suppressions']
}

async function* partsOf(store: Store): AsyncGenerator<Part> {
  let kept: readonly KeptSuppression[] = []
  let cursor: string | undefined
  do {
    const page = await exportSuppressions(store, { limit: PART_ROWS, cursor, inForceAtMs: null })
    cursor = page.next_cursor ?? undefined
    // Last: whoever is erased meanwhile is in one of both lists at least.
    if (cursor === undefined) kept = await keptSuppressions(store, undefined, PART_ROWS)
    const rows = page.suppressions.map(({ reason, scope, ...row }) => ({
      ...row,
      reason: storedReason(reason, scope),
    }))
    yield { isLast: cursor === undefined && kept.length === 0, rows }
  } while (cursor !== undefined)
  while (kept.length > 0) {
    const next = await keptSuppressions(store, kept.at(-1), PART_ROWS)
    yield { isLast: next.length === 0, rows: [], kept }
    kept = next
  }
}

export interface RestoredPart extends Imported {
  readonly count: number
  /** The part to restore next; null after the last. */
  readonly next: number | null
}

/**
 * Imports one part of a backup. What was lifted here after the backup stays lifted. The first part writes a line in the audit log.
 *
 * @returns `unknown` if there is no such part, `foreign` if no configured master key opens it
 */
export async function restoreSuppressions(
  context: RequestContext,
  id: string,
  part: number,
): Promise<RestoredPart | 'unknown' | 'foreign'> {
  const { store, backups } = context
  const key = keyOf(id, part)
  const object = await backups.get(key)
  if (object === null) return 'unknown'
  let plain: Uint8Array
  try {
    plain = await store.sealer.open(new Uint8Array(await object.arrayBuffer()), key)
  } catch (cause) {
    if (cause instanceof SealBroken) return 'foreign'
    throw cause
  }
  // Sealed by us under this key, so its form is known.
  const { isLast, rows, kept = [] } = parseJsonText(textOf(plain) ?? '') as unknown as Part
  await context.erasures.ensure()
  if (part === 0) await note(context, 'suppressions.imported', 'suppressions', { backup: id })
  const sums = await importUnlessErased(context, id, rows.map(importedOf), kept)
  return { ...sums, count: rows.length + kept.length, next: isLast ? null : part + 1 }
}

/** Erasures are rare: a second one in the time of an import hardly ever comes. */
const IMPORT_TRIES_MAX = 5

/**
 * Imports nothing of a person who was erased after the backup was made, but for a suppression that the erasure keeps. An erasure that
 * begins meanwhile ends the transaction, and what it erased is left out then.
 */
async function importUnlessErased(
  context: RequestContext,
  id: string,
  rows: readonly ImportedSuppression[],
  kept: readonly KeptSuppression[],
): Promise<Imported> {
  const { store } = context
  const madeAtMs = madeAtMsOf(id)
  const indexes = await Promise.all(rows.map(({ address }) => store.people.indexOf(address)))
  for (let tries = 1; ; tries++) {
    const progress = await readProgress(store.db)
    const erasures = await newestErasures(store, [...indexes, ...kept.map(({ person }) => person)])
    const since = (person: string) => {
      const erasure = erasures.get(person)
      return erasure !== undefined && erasure.erasedAtMs >= madeAtMs ? erasure : undefined
    }
    const entries = rows.flatMap((row, i): (ImportedSuppression | KeptSuppression)[] => {
      const person = indexes[i] ?? ''
      const erasure = since(person)
      if (erasure === undefined) return [row]
      const { reason, sinceMs, asOfMs, liftedAtMs, source, expiresAtMs } = row
      return erasure.keepsSuppression
        ? [{ person, reason, sinceMs, asOfMs, liftedAtMs, source, expiresAtMs }]
        : []
    })
    const stillKept = kept.filter(({ person }) => since(person)?.keepsSuppression !== false)
    try {
      const guards = [failIfErased(store.db, progress)]
      return await importSuppressions(store, [...entries, ...stillKept], context.nowMs, guards)
    } catch (cause) {
      if (!isRefusal(cause) || tries >= IMPORT_TRIES_MAX) throw cause
    }
  }
}

/** A sealed part, and how many there are; null if there is no such part. */
export async function sealedSuppressions(
  backups: R2Bucket,
  id: string,
  part: string,
): Promise<{ readonly sealed: Uint8Array; readonly parts: number } | null> {
  // R2 throws for a key that is too long.
  if (!v.is(BackupIdSchema, id) || !/^\d{1,4}$/.test(part)) return null
  const object = await backups.get(keyOf(id, Number(part)))
  if (object === null) return null
  const { objects } = await backups.list({ prefix: `${SUPPRESSIONS_FOLDER}${id}/`, limit: PARTS_MAX })
  return { sealed: new Uint8Array(await object.arrayBuffer()), parts: objects.length }
}

/** Drops what is kept beside these backups. */
export async function dropSuppressions(backups: R2Bucket, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { objects } = await backups.list({ prefix: `${SUPPRESSIONS_FOLDER}${id}/`, limit: PARTS_MAX })
    if (objects.length > 0) await backups.delete(objects.map(({ key }) => key))
  }
}

const importedOf = (row: StoredRow): ImportedSuppression => ({
  address: row.address,
  reason: row.reason,
  note: row.note ?? '',
  sinceMs: msOf(row.since),
  asOfMs: msOf(row.as_of),
  liftedAtMs: msOf(row.lifted_at),
  expiresAtMs: msOf(row.expires_at ?? null),
  source: row.source,
  eventId: row.event_id,
  nativeType: row.native_type,
  evidence: row.evidence,
})

const msOf = (instant: string | null): number | null =>
  instant === null ? null : (rfc3339Ms(instant) ?? null)

const numbered = (part: number): string => String(part).padStart(4, '0')

/** Of a part, for people. */
export const partName = (part: number): string => `${SUPPRESSIONS_FOLDER}${numbered(part)}`

const keyOf = (id: string, part: number): string => `${SUPPRESSIONS_FOLDER}${id}/${numbered(part)}`
