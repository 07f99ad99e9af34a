/**
 * Cursors of whoever sees only some sources, or no address. A position lies between events of all sources: its segment or its id would
 * tell how much the others store. Its id is the stored one, and who sees no address gets others (`event-ids.ts`). So these cursors are
 * sealed.
 */
import { fromBase64Url } from '../platform/bytes.ts'
import { openCursorText, sealCursorText } from './sealed-cursor.ts'
import type { Store } from './store.ts'

const ASSOCIATED_DATA = 'cursor'

/** All are of one length, which would tell the number of digits. */
const SEALED_CHARACTERS = 120

const seesAll = ({ scope }: Store): boolean => scope.sources === null && scope.personal

/** A cursor as its reader gets it. */
export const shownCursor = async (store: Store, cursor: string): Promise<string> =>
  seesAll(store) ? cursor : sealCursorText(store, cursor.padEnd(SEALED_CHARACTERS), ASSOCIATED_DATA)

/** The cursor that was shown. @throws {CursorMalformed} */
export const givenCursor = async (store: Store, shown: string): Promise<string> =>
  seesAll(store) ? shown : (await openCursorText(store, shown, ASSOCIATED_DATA)).trimEnd()

/** Whether it may be a sealed cursor: only opening it shows that. */
export const isSealedForm = (text: string): boolean =>
  (fromBase64Url(text)?.byteLength ?? 0) > SEALED_CHARACTERS
