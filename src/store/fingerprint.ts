/**
 * Fingerprints: eight hex digits for a person, a message, a delivery, a source or a type. They lead to the segments that hold its events.
 * Different values can share a fingerprint, so a query also compares the value itself.
 */
import type { EventType } from '../event/mail-event.ts'
import { toHex, utf8 } from '../platform/bytes.ts'
import type { Person } from './people.ts'

const FINGERPRINT_BYTES = 4
const FINGERPRINT_DIGITS = 2 * FINGERPRINT_BYTES

/** Of a person: the first digits of the blind index. It reveals no more than the index does. */
export const personFingerprint = (index: string): string => index.slice(0, FINGERPRINT_DIGITS)

export const messageFingerprint = async (messageId: string): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(messageId)), 0, FINGERPRINT_BYTES))

/** Of the person and the message that an event names, the message by each of its ids. */
export const subjectFingerprintsOf = async (
  person: Person | undefined,
  messageIds: readonly string[],
): Promise<string[]> => [
  ...(person === undefined ? [] : [personFingerprint(person.index)]),
  ...(await Promise.all(messageIds.map(messageFingerprint))),
]

/** Of all events of a source, of a type, or of both. */
export const filterFingerprint = (source: string | undefined, type: EventType | undefined): string =>
  fnv1a(`${source ?? ''}/${type ?? ''}`)

/** Of the events of one delivery. */
export const requestFingerprint = (requestId: string): string => fnv1a(requestId)

/** FNV-1a, 32 bits: these names are no secret, and each event needs four. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of utf8(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(FINGERPRINT_DIGITS, '0')
}

export const filterFingerprintsOf = (source: string, type: EventType): readonly string[] => [
  filterFingerprint(source, undefined),
  filterFingerprint(undefined, type),
  filterFingerprint(source, type),
]

/** SQL for the fingerprint of a person whose index is a blob. */
export const fingerprintOf = (recipient: string): string =>
  `substr(lower(hex(${recipient})), 1, ${FINGERPRINT_DIGITS})`
