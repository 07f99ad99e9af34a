/** Limits of the work for one delivery before it is verified. */
import { type Bytes, fromBase64, fromBase64Url, fromHex } from '../../platform/bytes.ts'
import type { Encoding } from '../../providers/shared/presented-credentials.ts'

/** Keys of a method that are attempted: an old and a new one during a rotation, and room. */
export const MAX_KEYS = 8

/** Signatures of a delivery that are attempted: senders sign twice while they rotate. */
export const MAX_SIGNATURES = 4

/**
 * Verifications with public keys of a delivery, whichever methods ask for them. An HMAC costs microseconds, these cost tenths
 * of a millisecond.
 */
export const MAX_PUBLIC_KEY_ATTEMPTS = 8

/** How many attempts are left for one delivery. */
export class Attempts {
  #left = MAX_PUBLIC_KEY_ATTEMPTS

  /** Counts one attempt. False if none is left. */
  take(): boolean {
    return this.#left-- > 0
  }
}

/** A presented signature or credential, in characters. An RSA-8192 signature takes 1,368 in base64. */
export const MAX_PRESENTED_LENGTH = 8 * 1024

/** A presented JWT or OAuth 2 token, in characters: tokens with many claims grow large. */
export const MAX_TOKEN_LENGTH = 16 * 1024

const DECODERS: Readonly<Record<Encoding, (text: string) => Bytes | undefined>> = {
  hex: fromHex,
  base64: fromBase64,
  base64url: fromBase64Url,
}

/** The bytes of a presented text, strictly decoded; `undefined` if it is empty, too long or not canonical. */
export function decodePresented(text: string, encoding: Encoding): Bytes | undefined {
  if (text === '' || text.length > MAX_PRESENTED_LENGTH) return undefined
  return DECODERS[encoding](text)
}
