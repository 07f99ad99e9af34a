/**
 * A JSON Web Signature in its compact form (RFC 7515 section 7.1), read strictly and verified by WebCrypto with a key that is
 * imported already. Which algorithm and which key is not the token's to say, so neither is decided here.
 *
 * Not jose: it decodes leniently, so that every part had to be decoded once more to refuse other spellings, and it reads the
 * claims of whatever it is given; ours reads them when they are proven. A token with HMAC takes a third of the time.
 */
import { type Bytes, fromBase64Url, utf8 } from '../../platform/bytes.ts'
import { type JsonObject, isObject, parseJson } from '../../platform/json.ts'
import type { JwtAlgorithm } from './jwt-algorithms.ts'
import { MAX_TOKEN_LENGTH } from './limits.ts'

export interface CompactJws {
  readonly header: JsonObject
  /** Header and payload as they were signed (section 5.2). */
  readonly signed: Bytes
  readonly signature: Bytes
  /** Base64url, unread: nobody has proven it yet. */
  readonly payload: string
}

/** Three parts in the one spelling of base64url, the first a JSON object; `undefined` for anything else. */
export function readCompact(token: string): CompactJws | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first < 0 || second < 0) return undefined
  const header = objectIn(token.slice(0, first))
  const signature = fromBase64Url(token.slice(second + 1))
  if (header === undefined || signature === undefined) return undefined
  return { header, signature, signed: utf8(token.slice(0, second)), payload: token.slice(first + 1, second) }
}

/** The JSON object behind a part; `undefined` where there is none. */
export function objectIn(part: string): JsonObject | undefined {
  const bytes = fromBase64Url(part)
  const value = bytes === undefined ? undefined : parseJson(bytes)
  return isObject(value) ? value : undefined
}

/** Total: a key that does not fit the signature verifies nothing. */
export async function verifiesCompact(
  { signature, signed }: CompactJws,
  key: CryptoKey,
  { verify }: JwtAlgorithm,
): Promise<boolean> {
  try {
    return await crypto.subtle.verify(verify, key, signature, signed)
  } catch {
    return false
  }
}
