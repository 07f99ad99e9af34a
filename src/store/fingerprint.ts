/**
 * Whom and what an event is about, in eight hex digits: enough to find its segment among millions. Some share
 * them, so whoever looks filters again.
 */
import { toHex, utf8 } from '../platform/bytes.ts'
import type { Person } from './people.ts'

const FINGERPRINT_BYTES = 4
const FINGERPRINT_DIGITS = 2 * FINGERPRINT_BYTES

/** Of a person, the blind index cut short; it tells no more than that. */
export const personFingerprint = (index: string): string => index.slice(0, FINGERPRINT_DIGITS)

export const messageFingerprint = async (messageId: string): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(messageId)), 0, FINGERPRINT_BYTES))

/** Whom and what an event is about. */
export const indexedFingerprintsOf = async (
  person: Person | undefined,
  messageId: string | null,
): Promise<string[]> => [
  ...(person === undefined ? [] : [personFingerprint(person.index)]),
  ...(messageId === null ? [] : [await messageFingerprint(messageId)]),
]

/** SQL for the fingerprint of a person whose index is a blob. */
export const fingerprintOf = (recipient: string): string =>
  `substr(lower(hex(${recipient})), 1, ${FINGERPRINT_DIGITS})`
