/** Packs contents into queue messages under the queue's limits, and large ones into R2 with a pointer. */
import { type Bytes, utf8 } from '../platform/bytes.ts'
import type { Sealer } from '../platform/seal.ts'
import { type Contents, type Envelope, plainOf } from './envelope.ts'

/** Queues refuses a message over 128,000 bytes. The envelope and the platform's own 100 bytes need room, too. */
export const MESSAGE_MAX_BYTES = 120_000

/** One `sendBatch` may carry 256,000 bytes: two full messages. Larger contents go to R2. */
const MESSAGES_MAX = 2

/** Writes the sealed contents of a large delivery. The name may be written again. */
export type PutLarge = (object: string, sealed: Bytes) => Promise<void>

/**
 * Envelopes that carry the contents: one if they fit, else two, else one that points to R2. Keys are made of the request id, so
 * that a message that is delivered again has the same key. A large request of the ESP has a message of its own: the events and the
 * request together would be in memory several times.
 */
export async function pack(contents: Contents, sealer: Sealer, putLarge: PutLarge): Promise<Envelope[]> {
  const { request_id, received_at } = contents.delivery
  const inBucket = async (whole: Contents, plain: Bytes, part: string): Promise<Envelope> => {
    const key = `${request_id}/${part}`
    const object = objectName(received_at, key)
    await putLarge(object, await sealer.seal(plain, key))
    return { ...outside(whole, key), kind: 'stored', object }
  }
  const { request, ...others } = contents
  if (request !== undefined && request.body.length > MESSAGE_MAX_BYTES) {
    const alone = { ...empty(contents), request }
    const hasOthers = others.events.length + others.quarantined.length > 0
    return [
      ...(hasOthers ? await pack(others, sealer, putLarge) : []),
      await inBucket(alone, plainOf(alone), 'request'),
    ]
  }
  const inline = async (plain: Bytes, index: number): Promise<Envelope> => {
    const key = `${request_id}/${index}`
    return { ...outside(contents, key), kind: 'inline', sealed: await sealer.seal(plain, key) }
  }
  const plain = plainOf(contents)
  // Nearly always true. Then no event is serialized a second time to be measured.
  if (plain.byteLength <= MESSAGE_MAX_BYTES) return [await inline(plain, 0)]
  const isSplit = plain.byteLength <= MESSAGES_MAX * MESSAGE_MAX_BYTES && contents.reread === undefined
  const parts = isSplit ? split(contents) : undefined
  if (parts !== undefined) return Promise.all(parts.map((part, index) => inline(plainOf(part), index)))
  return [await inBucket(contents, plain, 'all')]
}

/**
 * The envelope for a queue: unchanged, or with its contents in the bucket if they are too large for a message.
 *
 * @param at RFC 3339, the hour under which the object lies
 */
export async function fitted(envelope: Envelope, at: string, putLarge: PutLarge): Promise<Envelope> {
  if (envelope.kind === 'stored' || envelope.sealed.byteLength <= MESSAGE_MAX_BYTES) return envelope
  const { version, source, key, sealed } = envelope
  const object = objectName(at, key)
  await putLarge(object, new Uint8Array(sealed))
  return { version, source, key, kind: 'stored', object }
}

const objectName = (at: string, key: string): string =>
  `large/${at.slice(0, 13).replaceAll(/[-T]/g, '/')}/${key}`

const outside = (contents: Contents, key: string) => ({
  version: 1 as const,
  source: contents.delivery.source,
  key,
})

/** The contents in as few parts as possible. Undefined if they do not fit into one send. */
function split(contents: Contents): Contents[] | undefined {
  const parts: Contents[] = []
  let part = empty(contents)
  let bytes = size(part)
  const base = bytes
  const makeRoom = (addBytes: number): boolean => {
    if (base + addBytes > MESSAGE_MAX_BYTES) return false
    if (bytes + addBytes > MESSAGE_MAX_BYTES) {
      parts.push(part)
      part = empty(contents)
      bytes = base
    }
    bytes += addBytes
    return parts.length < MESSAGES_MAX
  }
  for (const event of contents.events) {
    if (!makeRoom(size(event) + 1)) return undefined
    part.events.push(event)
  }
  for (const item of contents.quarantined) {
    if (!makeRoom(size(item) + 1)) return undefined
    part.quarantined.push(item)
  }
  if (contents.request !== undefined) {
    if (!makeRoom(size(contents.request) + REQUEST_KEY_BYTES)) return undefined
    part.request = contents.request
  }
  return [...parts, part]
}

/** Longer than the name of the field. */
const REQUEST_KEY_BYTES = 20

const empty = (contents: Contents): Contents => ({ delivery: contents.delivery, events: [], quarantined: [] })
const size = (value: unknown): number => utf8(JSON.stringify(value)).byteLength
