/** The suppressions beside a backup: sealed parts, which are restored one a call. */
import { parseJsonText } from '../../platform/json.ts'
import { textOf, utf8 } from '../../platform/bytes.ts'
import { SealBroken } from '../../platform/seal.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import type { ImportedSuppression } from '../../store/import-suppressions.ts'
import { type SuppressionRow, exportSuppressions } from '../../store/suppressions.ts'
import { type ImportSums, suppressAll } from '../operator-actions.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'

export const SUPPRESSIONS_FOLDER = 'suppressions/'

/** Rows of a part: one query, one object, and one call to restore it. */
const PART_ROWS = 2_000

/** Parts of one backup: a million rows, and far below the 1,000 queries that an invocation may make. */
const PARTS_MAX = 500

/** Keeps all suppressions beside the backup of this id, also those that are lifted. @returns how many rows */
export async function keepSuppressions(
  { store, backups }: Pick<RequestContext, 'store' | 'backups'>,
  id: string,
): Promise<number> {
  let cursor: string | undefined
  let count = 0
  for (let part = 0; part < PARTS_MAX; part++) {
    const page = await exportSuppressions(store, { limit: PART_ROWS, cursor, withLifted: true })
    const plain = JSON.stringify({ isLast: page.next_cursor === null, rows: page.suppressions })
    const key = keyOf(id, part)
    await backups.put(key, await store.sealer.seal(utf8(plain), key))
    count += page.suppressions.length
    if (page.next_cursor === null) return count
    cursor = page.next_cursor
  }
  throw new RangeError('there are more suppressions than a backup holds')
}

export interface RestoredPart extends ImportSums {
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
  const { isLast, rows } = parseJsonText(textOf(plain) ?? '') as unknown as {
    readonly isLast: boolean
    readonly rows: readonly SuppressionRow[]
  }
  if (part === 0) await note(context, 'suppressions.imported', 'suppressions', { backup: id })
  const sums = await suppressAll(context, rows.map(importedOf))
  return { ...sums, count: rows.length, next: isLast ? null : part + 1 }
}

/** Drops what is kept beside these backups. */
export async function dropSuppressions(backups: R2Bucket, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { objects } = await backups.list({ prefix: `${SUPPRESSIONS_FOLDER}${id}/`, limit: PARTS_MAX })
    if (objects.length > 0) await backups.delete(objects.map(({ key }) => key))
  }
}

const importedOf = (row: SuppressionRow): ImportedSuppression => ({
  address: row.address,
  reason: row.reason,
  note: row.note ?? '',
  sinceMs: msOf(row.since),
  asOfMs: msOf(row.as_of),
  liftedAtMs: msOf(row.lifted_at),
  source: row.source,
  eventId: row.event_id,
  nativeType: row.native_type,
  evidence: row.evidence,
})

const msOf = (instant: string | null): number | null =>
  instant === null ? null : (rfc3339Ms(instant) ?? null)

const keyOf = (id: string, part: number): string =>
  `${SUPPRESSIONS_FOLDER}${id}/${String(part).padStart(4, '0')}`
