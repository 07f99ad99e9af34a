/**
 * API tokens: `pst_<id>_<secret><checksum>`. The checksum tells a mistyped or cut token from a wrong one without asking
 * anybody, and lets secret scanners know a real one when they see it.
 */
import { fromBase64Url, toBase64Url, toHex } from '../../platform/bytes.ts'
import { sha256Hex } from '../../platform/sha256.ts'
import type { IdentityClaim } from '../../registry/operators/operator.ts'

const ID_BYTES = 6
const SECRET_BYTES = 32
const CHECKSUM_DIGITS = 8
const FORM = /^(pst_([0-9a-f]{12})_([A-Za-z0-9_-]{43}))([0-9a-f]{8})$/

export interface MadeToken {
  readonly id: string
  /** Shown once and never stored. */
  readonly text: string
  /** SHA-256 of the token, the only part that is stored. 32 random bytes cannot be guessed from it. */
  readonly hash: string
}

export async function makeToken(): Promise<MadeToken> {
  const id = toHex(crypto.getRandomValues(new Uint8Array(ID_BYTES)))
  const body = `pst_${id}_${toBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))}`
  const text = `${body}${await checksumOf(body)}`
  return { id, text, hash: await sha256Hex(text) }
}

/** Parses a token; `undefined` if the form or the checksum is wrong. */
export async function readToken(
  text: string,
): Promise<Extract<IdentityClaim, { kind: 'token' }> | undefined> {
  const [, body = '', id = '', random = '', checksum] = FORM.exec(text) ?? []
  // A checksum is no secret: whoever has the token has it, too.
  const intact = fromBase64Url(random) !== undefined && (await checksumOf(body)) === checksum
  return intact ? { kind: 'token', id, hash: await sha256Hex(text) } : undefined
}

const checksumOf = async (body: string): Promise<string> => (await sha256Hex(body)).slice(0, CHECKSUM_DIGITS)
