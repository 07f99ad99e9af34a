/**
 * Parses HTML form bodies into names and values in the order sent; names may repeat. Some ESPs put their signature into a form
 * field, so these parsers read unverified bytes: they never throw, and run in linear time.
 *
 * @see https://url.spec.whatwg.org/#urlencoded-parsing and RFC 7578
 */
import { type Bytes, textOf } from '../../platform/bytes.ts'
import { mediaType } from '../../platform/media-type.ts'

export type Fields = readonly (readonly [name: string, value: string])[]

/** Far more than any ESP sends. A body of separators alone would otherwise give millions of fields. */
const MAX_FIELDS = 1_000

/** A form field has no longer part header. */
const MAX_PART_HEADER_BYTES = 4_096

/**
 * The fields of a URL-encoded or multipart body, according to its `Content-Type` header. `undefined` for any other type, for
 * a malformed body, and for more than 1,000 fields. Uploaded files are skipped.
 */
export function formFields(body: Uint8Array, contentType: string | null): Fields | undefined {
  const type = mediaType(contentType)
  if (type === 'application/x-www-form-urlencoded') return urlEncodedFields(body)
  if (type !== 'multipart/form-data') return undefined
  const boundary = boundaryOf(contentType ?? '')
  return boundary === undefined ? undefined : multipartFields(body, boundary)
}

/** `undefined` if the body is not UTF-8 or has too many fields. An invalid percent escape becomes U+FFFD. */
export function urlEncodedFields(body: Uint8Array): Fields | undefined {
  const text = textOf(body)
  if (text === undefined || countOf('&', text) >= MAX_FIELDS) return undefined
  return [...new URLSearchParams(text)]
}

const EQUALS = 0x3d
const PLUS = 0x2b
const PERCENT = 0x25
const SPACE = 0x20

/**
 * The decoded bytes after the first `=`, for ESPs that send one field and sign its value. `undefined` if there is no `=` or
 * an escape is invalid.
 */
export function onlyValue(body: Uint8Array): Bytes | undefined {
  const start = body.indexOf(EQUALS) + 1
  if (start === 0) return undefined
  const value = new Uint8Array(body.byteLength - start)
  let length = 0
  for (let at = start; at < body.byteLength; at++) {
    let byte = body[at] ?? 0
    if (byte === PLUS) byte = SPACE
    if (byte === PERCENT) {
      const escaped = hexDigit(body[at + 1]) * 16 + hexDigit(body[at + 2])
      if (Number.isNaN(escaped)) return undefined
      byte = escaped
      at += 2
    }
    value[length++] = byte
  }
  return value.subarray(0, length)
}

/** The value of a hex digit in either case; NaN for any other byte. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Number.NaN
}

/** The value of the last field of that name. */
export const lastField = (fields: Fields, name: string): string | undefined =>
  fields.findLast(([key]) => key === name)?.[1]

function countOf(character: string, text: string): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++
  return count
}

/** The boundary of a multipart `Content-Type`. RFC 2046 section 5.1.1: at most 70 characters, quoted or a token. */
export function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType)
  return match?.[1] ?? match?.[2]
}

function multipartFields(body: Uint8Array, boundary: string): Fields | undefined {
  // One character per byte, so that positions in the text are positions in the bytes.
  const text = new TextDecoder('latin1').decode(body)
  const delimiter = `\r\n--${boundary}`
  const opening = delimiter.slice(2)
  let at = text.startsWith(opening) ? opening.length : endOf(text, delimiter, 0)
  const fields: (readonly [string, string])[] = []
  for (let parts = 0; at !== undefined; parts++) {
    if (text.startsWith('--', at)) return fields
    const end = text.indexOf(delimiter, at)
    if (end < 0 || parts >= MAX_FIELDS) return undefined
    const field = fieldOf(text, at, end, body)
    if (field !== undefined) fields.push(field)
    at = end + delimiter.length
  }
  return undefined
}

function endOf(text: string, part: string, from: number): number | undefined {
  const at = text.indexOf(part, from)
  return at < 0 ? undefined : at + part.length
}

/** The field in `text[start, end)`, which begins after the boundary; `undefined` for a file and for a part without a name. */
function fieldOf(text: string, start: number, end: number, body: Uint8Array): [string, string] | undefined {
  const headerEnd = text.slice(start, Math.min(end, start + MAX_PART_HEADER_BYTES)).indexOf('\r\n\r\n')
  if (headerEnd < 0) return undefined
  const header = text.slice(start, start + headerEnd)
  const disposition = /^content-disposition: *form-data *;(.*)$/im.exec(header)?.[1]
  if (disposition === undefined || parameter('filename', disposition) !== undefined) return undefined
  const name = parameter('name', disposition)
  if (name === undefined) return undefined
  const value = body.subarray(start + headerEnd + 4, end)
  return [name, new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(value)]
}

/** RFC 2183 parameters; a quoted text may hold anything but a quote. */
const parameter = (name: string, parameters: string): string | undefined =>
  new RegExp(`(?:^|;)\\s*${name}="([^"]*)"`, 'i').exec(parameters)?.[1]
