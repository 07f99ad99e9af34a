/** Bytes and their texts. Decoders accept the canonical encoding of a value only, and return `undefined` for anything else. */
import { encoding } from './encoding.ts'

/** The only kind of byte array in the code: backed by memory that WebCrypto takes as it is. */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes

/** Text of well-formed UTF-8; `undefined` if a byte would have to be replaced. A byte order mark is kept. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** The parts one after the other, texts as UTF-8. */
export function concat(parts: readonly (string | Uint8Array)[]): Bytes {
  const encoded = parts.map((part) => (typeof part === 'string' ? utf8(part) : part))
  const whole = new Uint8Array(encoded.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of encoded) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

const hex = encoding('hex')
const base64 = encoding('base64')
const base64Url = encoding('base64url')

/** Lower-case hex. */
export const toHex = hex.encode
export const toBase64 = base64.encode
/** Unpadded. */
export const toBase64Url = base64Url.encode

/** Lower-case hex of an even number of digits. */
export const fromHex = hex.decode
/** Padded base64 (RFC 4648 section 4) whose unused bits are zero. */
export const fromBase64 = base64.decode
/** Unpadded base64url (RFC 4648 section 5) whose unused bits are zero. */
export const fromBase64Url = base64Url.decode
