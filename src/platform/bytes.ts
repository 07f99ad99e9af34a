/** Bytes and their texts. Decoders accept the canonical encoding of a value only, and return `undefined` for anything else. */
import { Buffer } from 'node:buffer'

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

/** Lower-case hex. */
export const toHex = (bytes: Uint8Array): string => bufferOf(bytes).toString('hex')

export const toBase64 = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64')

/** Unpadded. */
export const toBase64Url = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64url')

/** Lower-case hex of an even number of digits. */
export const fromHex = (text: string): Bytes | undefined => decoded(text, 'hex')

/** Padded base64 (RFC 4648 section 4) whose unused bits are zero. */
export const fromBase64 = (text: string): Bytes | undefined => decoded(text, 'base64')

/** Unpadded base64url (RFC 4648 section 5) whose unused bits are zero. */
export const fromBase64Url = (text: string): Bytes | undefined => decoded(text, 'base64url')

/** Buffer ignores what it cannot decode, so the bytes are encoded again and compared. */
function decoded(text: string, encoding: 'hex' | 'base64' | 'base64url'): Bytes | undefined {
  const buffer = Buffer.from(text, encoding)
  // A copy: a small Buffer is a view of a pool that others write to.
  return buffer.toString(encoding) === text ? new Uint8Array(buffer) : undefined
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
