/**
 * Finds whom a text or a body names: all addresses in it, in every encoding that webhooks and mail use, also nested ones. A text that
 * only looks like an address is found too, which does no harm.
 */
import { type Bytes, concat, fromHex, toHex, utf8 } from '../platform/bytes.ts'
import { normalAddress } from './people.ts'
import type { Store } from './store.ts'

/** Nested encodings that are read. */
const DEPTH_MAX = 5

/** More are not listed of one body. */
export const ADDRESSES_MAX = 10_000

/**
 * Bounds the work by the length of a body, so that many small ones cost hardly more than a large one. An ordinary event of 600 bytes has three
 * addresses, and each is found about three times.
 */
const addressesMaxOf = (length: number): number => Math.min(ADDRESSES_MAX, 50 + length / 100)
const candidatesMaxOf = (length: number): number => 1_000 + length / 16
const decodedMaxOf = (length: number): number => Math.max(100_000, length * 8)

export interface Named {
  /** Normalized. */
  readonly addresses: ReadonlySet<string>
  /** False if there are too many addresses, or encodings, to list all. Then these are the first ones. */
  readonly isWhole: boolean
}

export function addressesIn(body: Uint8Array | string): Named {
  const addresses = new Set<string>()
  let texts = typeof body === 'string' ? [body] : textsOf(body)
  const seen = new Set(texts)
  const addressesMax = addressesMaxOf(body.length)
  let charactersLeft = decodedMaxOf(body.length)
  let candidatesLeft = candidatesMaxOf(body.length)
  for (let depth = 0; depth <= DEPTH_MAX && texts.length > 0; depth++) {
    const decoded: string[] = []
    for (const text of texts) {
      if (!MAY_NAME.test(text)) continue
      for (const found of plainAddresses(text)) {
        candidatesLeft -= found.length
        for (const address of found) addresses.add(normalAddress(address))
        if (addresses.size > addressesMax || candidatesLeft < 0) return { addresses, isWhole: false }
      }
      for (const inner of decodings(text)) {
        if (seen.has(inner)) continue
        charactersLeft -= inner.length
        if (charactersLeft < 0) return { addresses, isWhole: false }
        seen.add(inner)
        decoded.push(inner)
      }
    }
    texts = decoded
  }
  return { addresses, isWhole: true }
}

/** An `@`, an escape that may stand for one, or base64. All others name nobody. */
const MAY_NAME = /.[@＠].|%[0-9a-f]{2}|\\.|=[0-9a-f]{2}|&[#a-z]|[\w+/-]{8}/i

const utf8Text = new TextDecoder('utf-8')
const latin1 = new TextDecoder('latin1')

/** UTF-8; also Latin-1 if it is none, and UTF-16 without its zeros. */
function textsOf(body: Uint8Array): string[] {
  const text = utf8Text.decode(body)
  return [
    text,
    ...(text.includes('\uFFFD') ? [latin1.decode(body)] : []),
    ...(text.includes('\0') ? [text.replaceAll('\0', '')] : []),
  ]
}

/** Of either side of the `@`: RFC 5321 section 4.5.3.1, with room for what stands before it. */
const LOCAL_MAX_CHARACTERS = 128
const DOMAIN_MAX_CHARACTERS = 255

const LOCAL = /[^\s\p{Cc}\p{Cf}<>()[\]\\,;:"@＠]+$/u
const DOMAIN = /^(?:\[[^\s[\]@]{1,64}\]|[\p{L}\p{M}\p{N}._-]+)/u

/** The addresses that stand in a text as they are, for each `@`. */
function* plainAddresses(text: string): Generator<readonly string[]> {
  for (const { index } of text.matchAll(/[^\s@＠][@＠](?![\s@＠])/g)) {
    const at = index + 1
    const [domain] = DOMAIN.exec(text.slice(at + 1, at + 1 + DOMAIN_MAX_CHARACTERS)) ?? []
    const [local] = LOCAL.exec(text.slice(Math.max(0, at - LOCAL_MAX_CHARACTERS), at)) ?? []
    if (local === undefined || domain === undefined) continue
    const trimmed = domain.replace(/[._-]+$/, '')
    if (trimmed === '') continue
    yield [...localsOf(local).map((one) => `${one}@${trimmed}`), ...returnPathsOf(local)]
  }
}

/** Delimiters that an address could have before its `@`, but hardly ever has. */
const DELIMITERS = /[=&?/|{}$#!*~^`%]/g
const PARTS_MAX = 3

/** Text before an `@`, and its parts after each of the last delimiters: `to=ada` is `ada` as well. */
function localsOf(text: string): string[] {
  const ends = [...text.matchAll(DELIMITERS)].slice(-PARTS_MAX).map(({ index }) => text.slice(index + 1))
  const last = ends.at(-1) ?? text
  return [...new Set([text, ...ends, last.replace(/^['._-]+/, '')])].filter((local) => local !== '')
}

/** Of a return path that names its recipient: `bounce+ada=example.com` before the `@`. */
function returnPathsOf(local: string): string[] {
  const at = local.lastIndexOf('=')
  const domain = local.slice(at + 1)
  if (at < 1 || !/^[^\s.]+\.[^\s]+$/.test(domain)) return []
  const parts = local
    .slice(0, at)
    .split(/(?<=[+-])/)
    .slice(-PARTS_MAX)
  return parts.map((_, i) => `${parts.slice(i).join('')}@${domain}`)
}

function* decodings(text: string): Generator<string> {
  if (/[%\\&]/.test(text)) {
    const plain = unescaped(text)
    yield plain
    // In a form a space is a plus.
    if (text.includes('+')) yield unescaped(text.replaceAll('+', ' '))
  }
  if (/=(?:[0-9a-f]{2}|[ \t]*\r?\n)/i.test(text)) yield quotedPrintable(text)
  yield* base64In(text)
}

const ESCAPE =
  /(?:%[0-9a-f]{2}){1,999}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[^]|&(?:#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,8});?/gi

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', commat: '@', period: '.', plus: '+', equals: '=', lowbar: '_', hyphen: '-',
  dash: '-', percnt: '%', num: '#', colon: ':', sol: '/', bsol: '\\', Tab: ' ', tab: ' ', newline: ' ', semi: ';',
} // prettier-ignore

/** One layer of percent-encoding, JSON and HTML. */
const unescaped = (text: string): string =>
  text.replace(ESCAPE, (escape) => {
    if (escape.startsWith('%'))
      return utf8Text.decode(fromHex(escape.replaceAll('%', '').toLowerCase()) ?? new Uint8Array())
    if (escape.startsWith('\\'))
      return escape.length > 2
        ? String.fromCharCode(Number.parseInt(escape.slice(2), 16))
        : (BLANKS[escape] ?? escape.slice(1))
    const name = escape.slice(1).replace(';', '')
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? escape
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code <= 0x10_ffff ? String.fromCodePoint(code) : escape
  })

const BLANKS: Readonly<Record<string, string>> = {
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
  '\\b': ' ',
  '\\f': ' ',
}

/** RFC 2045 section 6.7. */
const quotedPrintable = (text: string): string =>
  text
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/(?:=[0-9a-f]{2}){1,999}/gi, (hex) =>
      utf8Text.decode(fromHex(hex.replaceAll('=', '').toLowerCase()) ?? new Uint8Array()),
    )

/** Eight characters of base64 are six bytes: `a@b.io`. */
const BASE64_MIN_CHARACTERS = 8

/** In a short run only the `@` itself is looked for: words are short runs, too. */
const SHORT_RUN_CHARACTERS = 20
const BASE64_OF_AT = /Q[A-P]|[EUk0][A-D]|[BFJNRVZdhlptx159]A/

/** Texts in the base64 or base64url of a text. A run may begin before its base64 does, as in a path, so each of the four alignments is read. */
function* base64In(text: string): Generator<string> {
  for (const run of base64Runs(text)) {
    if (run.length < SHORT_RUN_CHARACTERS && !BASE64_OF_AT.test(run)) continue
    for (let from = 0; from < 4; from++) {
      const bytes = fromBase64Run(run, from)
      if (bytes === undefined) continue
      for (const piece of utf8Text.decode(bytes).split(NOT_TEXT)) if (MAY_NAME.test(piece)) yield piece
    }
  }
}

// eslint-disable-next-line no-control-regex
const NOT_TEXT = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\uFFFD]+/

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NO_DIGIT = 64
const SIX_BITS = new Uint8Array(128).fill(NO_DIGIT)
for (let bits = 0; bits < DIGITS.length; bits++) SIX_BITS[DIGITS.charCodeAt(bits)] = bits
SIX_BITS['-'.charCodeAt(0)] = 62
SIX_BITS['_'.charCodeAt(0)] = 63

const bitsAt = (text: string, at: number): number => SIX_BITS[text.charCodeAt(at)] ?? NO_DIGIT

/** Where the text goes on after a line break and blanks; the same place if there is no line break. */
function nextLine(text: string, at: number): number {
  const line = /\r?\n[ \t]{0,8}/y
  line.lastIndex = at
  return line.test(text) ? line.lastIndex : at
}

/** Runs of digits, also over several lines. No regular expression: on a large body its stack overflows. */
function* base64Runs(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    if (bitsAt(text, at) === NO_DIGIT) {
      at++
      continue
    }
    const lines: string[] = []
    for (let isRun = true; isRun;) {
      const begin = at
      while (bitsAt(text, at) !== NO_DIGIT) at++
      lines.push(text.slice(begin, at))
      const next = text[at] === '\r' || text[at] === '\n' ? nextLine(text, at) : at
      isRun = next > at && bitsAt(text, next) !== NO_DIGIT
      if (isRun) at = next
    }
    const run = lines.length === 1 ? (lines[0] ?? '') : lines.join('')
    if (run.length >= BASE64_MIN_CHARACTERS) yield run
  }
}

/** Bytes of which one at least is in every text that may name somebody: see {@link MAY_NAME}. */
const MARKS = new Set(utf8('@%\\=&'))
const FULL_WIDTH = 0xef

/** Undefined if it cannot name anybody. A digit or two that are left over at the end are dropped. */
function fromBase64Run(run: string, from: number): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor(((run.length - from) * 3) / 4))
  let [bits, held, length, digits, mayName] = [0, 0, 0, 0, false]
  for (let i = from; i < run.length; i++) {
    bits = ((bits << 6) | bitsAt(run, i)) & 0xffffff
    held += 6
    if (held < 8) continue
    held -= 8
    const byte = (bits >> held) & 0xff
    bytes[length++] = byte
    digits = (SIX_BITS[byte] ?? NO_DIGIT) === NO_DIGIT ? 0 : digits + 1
    mayName ||= digits === BASE64_MIN_CHARACTERS || MARKS.has(byte) || byte === FULL_WIDTH
  }
  return mayName ? bytes : undefined
}

/** Something that may name people. */
export interface Contents {
  readonly texts: readonly (Uint8Array | string)[]
  /** In fields that hold an address and nothing else, in any spelling. */
  readonly addresses?: readonly string[]
}

/** The first byte of a column `people`. No key opens the entry: nobody can tell whom it names. */
export const UNOPENED: Bytes = new Uint8Array([0])

/** The first byte of a column `people` that lists only some: there are too many addresses, or encodings. */
const IN_PART: Bytes = new Uint8Array([1])

/** SQL: whether nobody can tell all whom an entry names. An index has 16 bytes. */
export const IS_NOT_WHOLE = '(people IS NULL OR length(people) % 16 = 1)'

/** SQL: whether only some of those whom an entry names are listed. */
export const IS_IN_PART = `(length(people) % 16 = 1 AND substr(people, 1, 1) = X'${toHex(IN_PART)}')`

/** The value of a column `people`: the blind indexes of all whom these contents name, as far as the bounded work finds them. */
export async function peopleIn(store: Pick<Store, 'people'>, contents: Contents): Promise<Bytes> {
  const { addresses, isWhole } = namedIn(contents)
  const listed = [...(await byIndex(store, addresses)).keys()].map((index) => fromHex(index) ?? '')
  return concat(isWhole ? listed : [IN_PART, ...listed])
}

/** Addresses that {@link peopleIn} lists, normalized, by the blind index of their person. */
export const addressesByPerson = (
  store: Pick<Store, 'people'>,
  contents: Contents,
): Promise<ReadonlyMap<string, string>> => byIndex(store, namedIn(contents).addresses)

function namedIn({ texts, addresses = [] }: Contents): Named {
  const named = texts.map((text) => addressesIn(text))
  const all = [...new Set([...addresses.map(normalAddress), ...named.flatMap((one) => [...one.addresses])])]
  return {
    addresses: new Set(all.slice(0, ADDRESSES_MAX)),
    isWhole: all.length <= ADDRESSES_MAX && named.every(({ isWhole }) => isWhole),
  }
}

async function byIndex(
  { people }: Pick<Store, 'people'>,
  addresses: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  // One after the other: until the isolate knows the key of the index, each call reads it from the database.
  for (const address of addresses) found.set(await people.indexOf(address), address)
  return found
}
