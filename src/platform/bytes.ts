/** Bytes and their texts. Decoders are strict: one spelling a value, `undefined` for anything else. */
import { Buffer } from 'node:buffer'

/** The only kind of byte array in the code: backed by memory that WebCrypto takes as it is. */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes

/** Text of well-formed UTF-8; `undefined` where a byte would have to be replaced. A byte order mark is kept. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

export function concat(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** workerd is, Node 24 is not. */
const isES2026 = 'setFromBase64' in Uint8Array.prototype

interface ES2026 {
  readonly toHex: () => string
  readonly setFromBase64: (
    text: string,
    options: { readonly alphabet: Encoding; readonly lastChunkHandling: 'loose' },
  ) => { readonly written: number }
}

/** Lower-case hex. */
export const toHex = (bytes: Uint8Array): string =>
  isES2026 ? (bytes as Uint8Array & ES2026).toHex() : bufferOf(bytes).toString('hex')

/** Gives memory of exactly so many bytes. */
export type Memory = (bytes: number) => Bytes

const ownMemory: Memory = (bytes) => new Uint8Array(bytes)

/** Lower-case hex of an even number of digits; upper case and white space are refused. */
export function fromHex(text: string, memory = ownMemory): Bytes | undefined {
  if (text.length % 2 !== 0) return undefined
  const bytes = memory(text.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = HEX[text.charCodeAt(2 * i)] ?? -1
    const low = HEX[text.charCodeAt(2 * i + 1)] ?? -1
    if ((high | low) < 0) return undefined
    bytes[i] = (high << 4) | low
  }
  return bytes
}

export const toBase64 = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64')

/** Unpadded. */
export const toBase64Url = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64url')

/** Padded base64 (RFC 4648 section 4) whose unused bits are zero, so that one value has one spelling. */
export function fromBase64(text: string, memory = ownMemory): Bytes | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const digits = text.length - padding
  return text.length % 4 === 0 && digits % 4 === (4 - padding) % 4
    ? decoded(text, digits, 'base64', memory)
    : undefined
}

/** Unpadded base64url (RFC 4648 section 5) whose unused bits are zero. */
export const fromBase64Url = (text: string, memory = ownMemory): Bytes | undefined =>
  decoded(text, text.length, 'base64url', memory)

/** The value of each character by its code; -1 for what is none. */
const valuesOf = (alphabet: string): Int8Array => {
  const values = new Int8Array(128).fill(-1)
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value
  return values
}
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const HEX = valuesOf('0123456789abcdef')
const ALPHABETS = {
  base64: { values: valuesOf(`${LETTERS}+/`), all: /^[A-Za-z0-9+/]*$/ },
  base64url: { values: valuesOf(`${LETTERS}-_`), all: /^[A-Za-z0-9_-]*$/ },
} as const

/** Bits of the last character that nothing is made of, by how many characters the last four are. */
const UNUSED_BITS = [0, 0, 0b1111, 0b11]

/**
 * An HMAC is this short: in workerd our loop decodes it in 0.1 µs and the runtime in 0.2. Of an RSA signature it is 1.3 and
 * 0.6, and more in Buffer.
 */
const SHORT = 64

/** Where the runtime does not decode, Buffer is faster than our loop from here on. */
const LONG = 512

type Encoding = keyof typeof ALPHABETS

/** @param digits how many characters there are before the padding */
function decoded(text: string, digits: number, encoding: Encoding, memory: Memory): Bytes | undefined {
  const { values, all } = ALPHABETS[encoding]
  if (!endsWell(text, digits, values)) return undefined
  const length = (digits * 3) >> 2
  if (digits <= (isES2026 ? SHORT : LONG)) return decodedByUs(text, digits, values, memory(length))
  const bare = text.slice(0, digits)
  if (isES2026) return decodedByRuntime(bare, encoding, memory(length))
  // In memory of its own: a small Buffer is a view on a pool that others write to.
  return all.test(bare) ? new Uint8Array(Buffer.from(bare, encoding)) : undefined
}

/** As strictly, given that the text ends well. */
function decodedByRuntime(text: string, alphabet: Encoding, bytes: Bytes): Bytes | undefined {
  try {
    const options = { alphabet, lastChunkHandling: 'loose' } as const
    const { written } = (bytes as Bytes & ES2026).setFromBase64(text, options)
    // White space and padding are passed over, and make no bytes: where there was some, memory is left.
    return written === bytes.byteLength ? bytes : undefined
  } catch {
    return undefined
  }
}

/** Whether there is such a length, and bits that nothing is made of are zero. */
function endsWell(text: string, digits: number, values: Int8Array): boolean {
  const rest = digits % 4
  const last = values[text.charCodeAt(digits - 1)] ?? 0
  return rest !== 1 && (last & (UNUSED_BITS[rest] ?? 0)) === 0
}

/** Four characters are three bytes; of the last two or three, one or two. */
function decodedByUs(text: string, digits: number, values: Int8Array, bytes: Bytes): Bytes | undefined {
  const valueAt = (i: number): number => (i < digits ? (values[text.charCodeAt(i)] ?? -1) : 0)
  // What is written past the end is dropped.
  for (let i = 0, at = 0; i < digits; i += 4, at += 3) {
    const a = valueAt(i)
    const b = valueAt(i + 1)
    const c = valueAt(i + 2)
    const d = valueAt(i + 3)
    if ((a | b | c | d) < 0) return undefined
    bytes[at] = (a << 2) | (b >> 4)
    bytes[at + 1] = (b << 4) | (c >> 2)
    bytes[at + 2] = (c << 6) | d
  }
  return bytes
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
