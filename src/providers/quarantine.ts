/**
 * What of a delivery goes to quarantine: unreadable items one by one, or its whole body once. Records and bytes are bounded by
 * what was sent, since whoever has one captured request of a provider that signs nothing can send items without end.
 */
import type { Quarantined } from '../event/envelope.ts'
import { toBase64, utf8 } from '../platform/bytes.ts'
import { mediaType } from '../platform/media-type.ts'
import type { VerifiedBytes } from './provider.ts'
import { boundaryOf } from './shared/forms.ts'

/** More unreadable items than this are a changed format or an attack, and nobody looks at them one by one. */
export const QUARANTINED_ITEMS_MAX = 100

/** What each record costs beside the item and its surroundings: facts of the delivery, ids, seals and the index. */
const RECORD_BYTES = 1_024

/** Records may take this much, and so many times what was sent: a hundred items of 120 bytes, which is less than ESPs', fit. */
const FREE_BYTES = 16_384
const BYTES_PER_BODY_BYTE = 8

/** RFC 6838 section 4.2. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/

/** An item that cannot be understood, and why. */
export interface UnreadableItem {
  readonly problem: 'item_unreadable' | 'item_too_wide' | 'payload_invalid'
  readonly item: unknown
}

/**
 * The records for these items. One for each item, while they are few and cheap beside what was sent; else one for the whole
 * body, whose other events are dropped by their ids when it is replayed.
 *
 * @param items all of them, or at least one more than {@link QUARANTINED_ITEMS_MAX}
 */
export function quarantinedItems(items: readonly UnreadableItem[], body: VerifiedBytes): Quarantined[] {
  if (items.length === 0) return []
  if (items.length > QUARANTINED_ITEMS_MAX) return [wholeBody('items_unreadable', body)]
  const surroundings = surroundingsOf(body)
  const repeatedBytes = utf8(JSON.stringify(surroundings)).byteLength
  let roomBytes = FREE_BYTES + BYTES_PER_BODY_BYTE * body.bytes.byteLength + repeatedBytes
  const records: Quarantined[] = []
  for (const { problem, item } of items) {
    const bytes = utf8(JSON.stringify(item) ?? 'null')
    roomBytes -= RECORD_BYTES + repeatedBytes + bytes.byteLength
    if (roomBytes < 0) return [wholeBody('items_unreadable', body)]
    records.push({ ...surroundings, problem, body: toBase64(bytes), item: true })
  }
  return records
}

/** The record for a body that could not be split into items. */
export const quarantinedBody = (body: VerifiedBytes): Quarantined => wholeBody('body_unreadable', body)

const wholeBody = (problem: 'body_unreadable' | 'items_unreadable', body: VerifiedBytes): Quarantined => ({
  ...surroundingsOf(body),
  problem,
  body: toBase64(body.bytes),
  item: false,
})

const surroundingsOf = (body: VerifiedBytes) => ({
  content_type: keptContentType(body.contentType),
  query: body.query.toString(),
  headers: Object.fromEntries(body.verifiedHeaders),
})

/** The media type, and the boundary where there is one: forms need these two, and nothing else of the header is read. */
export function keptContentType(header: string | null): string | null {
  const type = mediaType(header)
  if (header === null || type === null || !MEDIA_TYPE.test(type)) return null
  const boundary = type.startsWith('multipart/') ? boundaryOf(header) : undefined
  return boundary === undefined ? type : `${type}; boundary="${boundary}"`
}
