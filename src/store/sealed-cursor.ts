/** Cursors that say what their holder must not read or change. */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { CursorMalformed } from './cursor.ts'
import type { Store } from './store.ts'

const associatedData = (purpose: string): string => `cursor/${purpose}`

export const sealCursor = async (
  { sealer }: Pick<Store, 'sealer'>,
  purpose: string,
  value: object,
): Promise<string> => toBase64Url(await sealer.seal(utf8(JSON.stringify(value)), associatedData(purpose)))

/** @throws {CursorMalformed} if it was not sealed for this purpose */
export const openCursor = <T extends object>(
  { sealer }: Pick<Store, 'sealer'>,
  purpose: string,
  cursor: string,
): Promise<T> =>
  sealer
    .open(fromBase64Url(cursor) ?? new Uint8Array(), associatedData(purpose))
    .then((bytes) => JSON.parse(textOf(bytes) ?? 'null') as T)
    .catch((cause: unknown) => {
      if (cause instanceof SealBroken) throw new CursorMalformed('the cursor does not open', { cause })
      throw cause
    })
