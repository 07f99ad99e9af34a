/**
 * Builds the quarantine records of a delivery: its unreadable items one by one, or its whole body once. The size of the records
 * is bounded by the size of the delivery: anyone who has captured one request of a provider without signatures can send any
 * number of items.
 */
import type { Quarantined } from '../../event/envelope.ts'
import { toBase64, utf8 } from '../../platform/bytes.ts'
import { mediaType } from '../../platform/media-type.ts'
import type { VerifiedBytes } from './provider.ts'
import { boundaryOf } from './forms.ts'

/** More unreadable items than this mean a changed format or an attack, and no operator reads them one by one. */
export const QUARANTINED_ITEMS_MAX = 100

/** The cost of a record beside its item and context: facts of the delivery, ids, encryption and the index. */
const RECORD_BYTES = 1_024

/** Records may take this many bytes plus a multiple of the body. A hundred items of 120 bytes fit; real items are larger. */
const FREE_BYTES = 16_384
const BYTES_PER_BODY_BYTE = 8

/** RFC 6838 section 4.2. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/

/** An item that cannot be read, and why. */
export interface UnreadableItem {
  readonly problem: 'item_unreadable' | 'item_too_wide' | 'payload_invalid'
  readonly item: unknown
}

/**
 * The records for these items: one for each item while they are few and small compared to the body, else one for the whole
 * body. When a whole body is replayed, the events that were accepted before are dropped by their ids.
 *
 * @param items all of them, or at least one more than {@link QUARANTINED_ITEMS_MAX}
 */
export function quarantinedItems(items: readonly UnreadableItem[], body: VerifiedBytes): Quarantined[] {
  if (items.length === 0) return []
  if (items.length > QUARANTINED_ITEMS_MAX) return [wholeBody('items_unreadable', body)]
  const context = contextOf(body)
  const contextBytes = utf8(JSON.stringify(context)).byteLength
  let remainingBytes = FREE_BYTES + BYTES_PER_BODY_BYTE * body.bytes.byteLength + contextBytes
  const records: Quarantined[] = []
  for (const { problem, item } of items) {
    const bytes = utf8(JSON.stringify(item) ?? 'null')
    remainingBytes -= RECORD_BYTES + contextBytes + bytes.byteLength
    if (remainingBytes < 0) return [wholeBody('items_unreadable', body)]
    records.push({ ...context, problem, body: toBase64(bytes), item: true })
  }
  return records
}

/** The record for a body that could not be split into items. */
export const quarantinedBody = (body: VerifiedBytes): Quarantined => wholeBody('body_unreadable', body)

const wholeBody = (problem: 'body_unreadable' | 'items_unreadable', body: VerifiedBytes): Quarantined => ({
  ...contextOf(body),
  problem,
  body: toBase64(body.bytes),
  item: false,
})

const contextOf = (body: VerifiedBytes) => ({
  content_type: keptContentType(body.contentType),
  query: body.query.toString(),
  headers: Object.fromEntries(body.verifiedHeaders),
})

/** The media type and the multipart boundary, if any. Nothing else of the header is read, so nothing else is stored. */
export function keptContentType(header: string | null): string | null {
  const type = mediaType(header)
  if (header === null || type === null || !MEDIA_TYPE.test(type)) return null
  const boundary = type.startsWith('multipart/') ? boundaryOf(header) : undefined
  return boundary === undefined ? type : `${type}; boundary="${boundary}"`
}
