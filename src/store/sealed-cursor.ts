/** Cursors that say what their holder must not read or change. */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { CursorMalformed } from './cursor.ts'
import type { Store } from './store.ts'

type Sealing = Pick<Store, 'sealer'>

export const sealCursorText = async (
  { sealer }: Sealing,
  text: string,
  associatedData: string,
): Promise<string> => toBase64Url(await sealer.seal(utf8(text), associatedData))

/** @throws {CursorMalformed} if it was not sealed with this associated data */
export async function openCursorText(
  { sealer }: Sealing,
  cursor: string,
  associatedData: string,
): Promise<string> {
  try {
    return textOf(await sealer.open(fromBase64Url(cursor) ?? new Uint8Array(), associatedData)) ?? ''
  } catch (cause) {
    if (cause instanceof SealBroken) throw new CursorMalformed('the cursor does not open', { cause })
    throw cause
  }
}

export const sealCursor = (sealing: Sealing, purpose: string, value: object): Promise<string> =>
  sealCursorText(sealing, JSON.stringify(value), `cursor/${purpose}`)

/** @throws {CursorMalformed} if it was not sealed for this purpose */
export const openCursor = async <T extends object>(
  sealing: Sealing,
  purpose: string,
  cursor: string,
): Promise<T> => JSON.parse(await openCursorText(sealing, cursor, `cursor/${purpose}`)) as T
