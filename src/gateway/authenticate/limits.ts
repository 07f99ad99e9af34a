/** What one delivery may cost before it is verified. */
import { type Bytes, fromBase64, fromBase64Url, fromHex } from '../../platform/bytes.ts'
import type { Encoding } from '../../providers/presented-credentials.ts'

/** Keys of a method that are attempted: an old and a new one during a rotation, and room. */
export const MAX_KEYS = 8

/** Signatures of a delivery that are attempted: senders sign twice while they rotate. */
export const MAX_SIGNATURES = 4

/**
 * Verifications with public keys of a delivery, whichever methods ask for them. An HMAC costs microseconds, these cost tenths
 * of a millisecond.
 */
export const MAX_PUBLIC_KEY_ATTEMPTS = 8

/** What is left of them while one delivery is judged. */
export class Attempts {
  #left = MAX_PUBLIC_KEY_ATTEMPTS

  /** Whether one more may be made; it counts. */
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

/** The bytes of a presented text, strictly decoded; `undefined` for an empty or overlong one and any other spelling. */
export function decodePresented(text: string, encoding: Encoding): Bytes | undefined {
  if (text === '' || text.length > MAX_PRESENTED_LENGTH) return undefined
  return DECODERS[encoding](text)
}
