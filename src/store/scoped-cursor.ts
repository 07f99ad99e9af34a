/**
 * Cursors of whoever sees only some sources. A position lies between events of all sources: its segment or its id would tell how
 * much the others store. So these cursors are sealed.
 */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { CursorMalformed } from './cursor.ts'
import type { Store } from './store.ts'

const ASSOCIATED_DATA = 'cursor'

/** All are of one length, which would tell the number of digits. */
const SEALED_CHARACTERS = 120

/** A cursor as its reader gets it. */
export async function shownCursor({ scope, sealer }: Store, cursor: string): Promise<string> {
  if (scope.sources === null) return cursor
  return toBase64Url(await sealer.seal(utf8(cursor.padEnd(SEALED_CHARACTERS)), ASSOCIATED_DATA))
}

/** The cursor that was shown. @throws {CursorMalformed} */
export async function givenCursor({ scope, sealer }: Store, shown: string): Promise<string> {
  if (scope.sources === null) return shown
  try {
    const bytes = await sealer.open(fromBase64Url(shown) ?? new Uint8Array(), ASSOCIATED_DATA)
    return (textOf(bytes) ?? '').trimEnd()
  } catch (cause) {
    if (cause instanceof SealBroken) throw new CursorMalformed('the cursor does not open', { cause })
    throw cause
  }
}

/** Whether it may be a sealed cursor: only opening it shows that. */
export const isSealedForm = (text: string): boolean =>
  (fromBase64Url(text)?.byteLength ?? 0) > SEALED_CHARACTERS
