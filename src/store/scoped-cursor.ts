/**
 * Cursors of whoever sees only some sources, or no address. A position lies between events of all sources: its segment or its id would
 * tell how much the others store. Its id is the stored one, and who sees no address gets others (`event-ids.ts`). So these cursors are
 * sealed.
 */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { CursorMalformed } from './cursor.ts'
import type { Store } from './store.ts'

const ASSOCIATED_DATA = 'cursor'

/** All are of one length, which would tell the number of digits. */
const SEALED_CHARACTERS = 120

const seesAll = ({ scope }: Store): boolean => scope.sources === null && scope.personal

/** A cursor as its reader gets it. */
export async function shownCursor(store: Store, cursor: string): Promise<string> {
  if (seesAll(store)) return cursor
  return toBase64Url(await store.sealer.seal(utf8(cursor.padEnd(SEALED_CHARACTERS)), ASSOCIATED_DATA))
}

/** The cursor that was shown. @throws {CursorMalformed} */
export async function givenCursor(store: Store, shown: string): Promise<string> {
  if (seesAll(store)) return shown
  try {
    const bytes = await store.sealer.open(fromBase64Url(shown) ?? new Uint8Array(), ASSOCIATED_DATA)
    return (textOf(bytes) ?? '').trimEnd()
  } catch (cause) {
    if (cause instanceof SealBroken) throw new CursorMalformed('the cursor does not open', { cause })
    throw cause
  }
}

/** Whether it may be a sealed cursor: only opening it shows that. */
export const isSealedForm = (text: string): boolean =>
  (fromBase64Url(text)?.byteLength ?? 0) > SEALED_CHARACTERS
