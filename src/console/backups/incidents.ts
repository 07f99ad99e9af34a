/** The incidents beside a backup: one sealed object. */
import type { Counted } from '../../api/backups.ts'
import { textOf, utf8 } from '../../platform/bytes.ts'
import { SealBroken } from '../../platform/seal.ts'
import { note } from '../note.ts'
import { type RequestContext, answered } from '../request-context.ts'

export const INCIDENTS_FOLDER = 'incidents/'

/** @returns null, with a line in the log, if they could not be kept */
export async function keepIncidents(context: RequestContext, id: string): Promise<Counted | null> {
  const { incidents, store, backups } = context
  const kept = await answered(context, 'incidents', async () => {
    const { json, count } = await incidents.dump()
    const key = keyOf(id)
    const sealed = await store.sealer.seal(utf8(json), key)
    await backups.put(key, sealed)
    return { parts: 1, rows: count, bytes: sealed.byteLength }
  })
  return kept ?? null
}

/** The name of the part, if the bucket does not have it as it was counted. */
export async function missingIncidents(
  backups: R2Bucket,
  id: string,
  counted: Counted | null,
): Promise<string[]> {
  const head = counted && (await backups.head(keyOf(id)))
  return head !== null && head.size === counted?.bytes ? [] : ['incidents']
}

/** The sealed incidents beside a backup; null if it has none. */
export async function sealedIncidents(backups: R2Bucket, id: string): Promise<Uint8Array | null> {
  const object = await backups.get(keyOf(id))
  return object === null ? null : new Uint8Array(await object.arrayBuffer())
}

/**
 * Brings back those incidents of a backup that are not here. It writes a line in the audit log.
 *
 * @returns how many came back. `foreign` if no configured master key opens them,
 * `not_understood` if another version of Postern wrote them, undefined if the object that keeps incidents did not answer
 */
export async function restoreIncidents(
  context: RequestContext,
  id: string,
  sealed: Uint8Array,
): Promise<number | 'foreign' | 'not_understood' | undefined> {
  const { incidents, store } = context
  let plain: Uint8Array
  try {
    plain = await store.sealer.open(sealed, keyOf(id))
  } catch (cause) {
    if (cause instanceof SealBroken) return 'foreign'
    throw cause
  }
  await note(context, 'incidents.restored', 'incidents', { backup: id })
  const restored = await answered(context, 'incidents', () => incidents.restore(textOf(plain) ?? ''))
  return restored === null ? 'not_understood' : restored
}

/** Drops what is kept beside these backups. */
export const dropIncidents = (backups: R2Bucket, ids: readonly string[]): Promise<void> =>
  backups.delete(ids.map(keyOf))

const keyOf = (id: string): string => `${INCIDENTS_FOLDER}${id}`
