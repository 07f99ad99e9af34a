/** Reads an ESP's JSON. Each accessor takes any value and returns the requested type, or `undefined`. */
import { MAX_INSTANT_MS, rfc3339Ms } from '../../platform/time.ts'
import { type Json, type JsonObject, isObject, parseJson } from '../../platform/json.ts'
import type { Opened, VerifiedBytes } from './provider.ts'

/** The object at a path, or an empty one. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = valueAt(value, ...path)
  return isObject(found) ? found : {}
}

/** The value at a path; own properties only. */
export function valueAt(value: unknown, ...path: readonly string[]): Json | undefined {
  let here: unknown = value
  for (const key of path) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return undefined
    here = here[key]
  }
  return here as Json | undefined
}

/** Non-empty text at a path; numbers become text. NUL and lone surrogates are replaced: a database would cut or change them. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  return cleanText(valueAt(value, ...path))
}

/** Like {@link textAt}, for the value itself. */
export function cleanText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value === '') return undefined
  return value.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** Texts of a list at a path; a single text counts as a list of one. */
export function textsAt(value: unknown, ...path: readonly string[]): string[] {
  const found = valueAt(value, ...path)
  return (Array.isArray(found) ? found : [found]).map(cleanText).filter((text) => text !== undefined)
}

/** Unix seconds at a path (whole or with a fraction, number or digits), in milliseconds; finer fractions are cut. */
export function secondsAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path)
  const number =
    typeof found === 'string' && /^[0-9]{1,12}(?:\.[0-9]{1,9})?$/.test(found) ? Number(found) : found
  // Round to whole microseconds first: as a double, 1.331 seconds are 1330.9999 milliseconds.
  return typeof number === 'number' ? inRange(Math.floor(Math.round(number * 1_000_000) / 1_000)) : undefined
}

/** A boolean at a path. */
export function booleanAt(value: unknown, ...path: readonly string[]): boolean | undefined {
  const found = valueAt(value, ...path)
  return typeof found === 'boolean' ? found : undefined
}

/** Unix milliseconds at a path, as a number. */
export function millisecondsAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path)
  return typeof found === 'number' ? inRange(Math.floor(found)) : undefined
}

/** RFC 3339 time at a path, in milliseconds. */
export function instantAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path)
  const ms = typeof found === 'string' ? rfc3339Ms(found) : undefined
  return ms === undefined ? undefined : inRange(ms)
}

/** Like {@link instantAt}, for ESPs that leave out the zone and document that they mean UTC: `2015-11-30 15:09:42`. */
export function utcAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path)
  if (typeof found !== 'string') return undefined
  const ms = rfc3339Ms(found) ?? rfc3339Ms(`${found}Z`)
  return ms === undefined ? undefined : inRange(ms)
}

const inRange = (ms: number): number | undefined => (ms >= 0 && ms <= MAX_INSTANT_MS ? ms : undefined)

/** RFC 5322 section 3.4.1 and RFC 6531: plain or quoted local part, and a host name of any script or an address literal. */
const ADDRESS =
  /^(?:[^\s@<>()[\]\\,;:"\p{C}\uFFFD]+|"(?:[^"\\\p{C}]|\\[^\p{C}])+")@(?:[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*|\[[\w.:]+\])$/u

/** Longer than any address that mail reaches (RFC 5321 section 4.5.3.1). */
const ADDRESS_MAX_LENGTH = 320

const isAddress = (text: string): boolean => text.length <= ADDRESS_MAX_LENGTH && ADDRESS.test(text)

/** An entry of a list: a separator in quotes, in a comment or in angle brackets does not end it. */
const ENTRIES = /(?:"[^"]*"|\([^()]*\)|<[^<>]*>|[^"(<,;])+/g

/**
 * The address of a text that names one person and nothing else: `"Lovelace, Ada" <ada@example.com>` becomes `ada@example.com`. A list
 * of several people, a telephone number and any other text name nobody. Upper case stays.
 */
export function addressOf(text: string | undefined): string | undefined {
  const [address, ...others] = new Set(mailboxesOf(text))
  return others.length === 0 ? address : undefined
}

/** The addresses of a list that commas or semicolons separate, without display names. */
export const addressesOf = (text: string | undefined): string[] =>
  mailboxesOf(text).filter((address) => address !== undefined)

/** The address of each entry, or `undefined` if it is none. Takes linear time, since anybody may write such a text. */
function mailboxesOf(text = ''): readonly (string | undefined)[] {
  if (isAddress(text)) return [text]
  // Quotes or brackets that do not close are left over.
  if (!/^[,;]*$/.test(text.replaceAll(ENTRIES, ''))) return []
  return (text.match(ENTRIES) ?? []).filter((entry) => entry.trim() !== '').map(mailboxOf)
}

function mailboxOf(entry: string): string | undefined {
  const text = entry.replaceAll(/("[^"]*"|<[^<>]*>)|\([^()]*\)/g, '$1')
  const [, name = '', inBrackets] = /^([^]*?)<([^<>]*)>\s*$/.exec(text) ?? []
  const address = bareAddress(inBrackets ?? text)
  // Outside of quotes, another address in the place of the name makes two people.
  const unquoted = name.replaceAll(/"[^"]*"/g, '')
  return !/\S@\S/.test(unquoted) || bareAddress(unquoted) === address ? address : undefined
}

/** Without the quotes or the `mailto:` around it. */
function bareAddress(text: string): string | undefined {
  const bare = text.trim().replace(/^(["'])([^]*)\1$/, '$2')
  const address = /^mailto:/i.test(bare) ? addressOfMailto(bare) : bare
  return address !== undefined && isAddress(address) ? address : undefined
}

/** RFC 6068. Its query may name more people. */
function addressOfMailto(url: string): string | undefined {
  try {
    const { pathname, search } = new URL(url)
    return decodeURIComponent(search).includes('@') ? undefined : decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}

/** Texts at keys of an object, as further ids of a message. */
export const otherIdsAt = (value: unknown, ...keys: readonly string[]): string[] =>
  keys.flatMap((key) => textAt(value, key) ?? [])

/** The own entries without the named keys; safe for keys like `__proto__`. */
export const entriesWithout = (value: JsonObject, keys: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(
    Object.keys(value)
      .filter((key) => !keys.has(key))
      .map((key) => [key, value[key] as Json]),
  )

/** A JSON array as its items, an object as one item. */
export const openArray = (body: VerifiedBytes): Opened => {
  const parsed = parseJson(body.bytes)
  if (Array.isArray(parsed)) return { kind: 'items', items: parsed }
  return isObject(parsed) ? { kind: 'items', items: [parsed] } : { kind: 'unreadable' }
}

/** Canonical JSON (sorted keys): the identity of an item without a stable id. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
}
