/** Cursors that say what their holder must not read or change. */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { CursorMalformed } from './cursor.ts'
import type { Store } from './store.ts'
import type { ArrivalPosition } from './arrival.ts'

type Sealing = Pick<Store, 'sealer'>

const sealCursorText = async ({ sealer }: Sealing, text: string, associatedData: string): Promise<string> =>
  toBase64Url(await sealer.seal(utf8(text), associatedData))

/** @throws {CursorMalformed} if it was not sealed with this associated data */
async function openCursorText({ sealer }: Sealing, cursor: string, associatedData: string): Promise<string> {
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

/**
 * Cursors of whoever sees only some sources, or no address. A position lies between events of all sources: its segment or its id would
 * tell how much the others store. Its id is the stored one, and who sees no address gets others (`event-ids.ts`). So these cursors are
 * sealed.
 */

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
const isSealedForm = (text: string): boolean => (fromBase64Url(text)?.byteLength ?? 0) > SEALED_CHARACTERS

type Place = Pick<ArrivalPosition, 'segment' | 'done'>

/**
 * A position in the order of arrival, as clients see it. The number of events before it is not part of it, so a client cannot tell
 * how many there are.
 */
export const toArrivalCursor = (store: Store, { segment, done }: Place): Promise<string> =>
  shownCursor(store, toBase64Url(utf8(`a.${segment}.${done}`)))

/** @throws {CursorMalformed} */
export async function fromArrivalCursor(store: Store, cursor: string): Promise<Place> {
  const place = placeOf(await givenCursor(store, cursor))
  if (place === undefined) throw new CursorMalformed('the cursor is malformed')
  return place
}

/** Whether it is `now`, `oldest` or has the form of a cursor. */
export const isArrivalPlace = (after: string): boolean =>
  after === 'now' || after === 'oldest' || placeOf(after) !== undefined || isSealedForm(after)

function placeOf(cursor: string): Place | undefined {
  const bytes = fromBase64Url(cursor)
  const match = /^a\.([0-9]{1,15})\.([0-9]{1,6})$/.exec((bytes && textOf(bytes)) ?? '')
  return match === null ? undefined : { segment: Number(match[1]), done: Number(match[2]) }
}
