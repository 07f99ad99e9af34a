/**
 * A position in the order of arrival, as clients see it. The number of events before it is not part of it, so a client cannot tell
 * how many there are.
 */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'
import type { ArrivalPosition } from './arrival.ts'
import { CursorMalformed } from './cursor.ts'
import { givenCursor, isSealedForm, shownCursor } from './scoped-cursor.ts'
import type { Store } from './store.ts'

type Place = Pick<ArrivalPosition, 'segment' | 'done'>

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
