/**
 * The original of an event: the ESP's own item, as the provider cut it from the request. It travels and rests compressed, and whoever
 * stores it seals it first. It is text from outside.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Bytes, concat, fromBase64, textOf, toBase64, utf8 } from '../../platform/bytes.ts'
import { WORDS } from './words.ts'

/** Of an item as JSON. The largest of an ESP have all headers of a message. A larger one is not kept. */
export const ORIGINAL_MAX_BYTES = 32_768

/** First byte: which words it was compressed with. */
const WORDS_VERSION = 1

const dictionary = utf8(WORDS)

/** A window as large as the words need. The runtime's stream takes three times as long, and knows no dictionary. */
const DEFLATE = { dictionary, windowBits: 13, memLevel: 5 } as const

/** The compressed item in base64; undefined if it is too large. */
export function compressed(item: unknown): string | undefined {
  const text = JSON.stringify(item) ?? 'null'
  if (text.length > ORIGINAL_MAX_BYTES) return undefined
  const bytes = utf8(text)
  if (bytes.byteLength > ORIGINAL_MAX_BYTES) return undefined
  return toBase64(concat([Uint8Array.of(WORDS_VERSION), deflateRawSync(bytes, DEFLATE)]))
}

/** The item as JSON text; undefined if the bytes are damaged, or were made by a later version. */
export function inflated(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== WORDS_VERSION) return undefined
  try {
    const options = { dictionary, windowBits: 13, maxOutputLength: ORIGINAL_MAX_BYTES }
    return textOf(inflateRawSync(bytes.subarray(1), options))
  } catch {
    return undefined
  }
}

/** As {@link inflated}, of what {@link compressed} gave. */
export const inflatedBase64 = (text: string): string | undefined => {
  const bytes: Bytes | undefined = fromBase64(text)
  return bytes && inflated(bytes)
}
