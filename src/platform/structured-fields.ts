/**
 * Dictionaries of Structured Fields (RFC 9651 section 3.2) in the two forms that HTTP message signatures need. Strict: only the canonical
 * text of section 4.1 counts, so that a signer and a verifier have the same bytes. A key that comes twice makes the whole ambiguous.
 * Anything else gives `undefined`. Takes linear time.
 */

const KEY = '[a-z*][a-z0-9_.*-]*'
const STRING = String.raw`"(?:[ !#-[\]-~]|\\["\\])*"`
const VALUE = `${STRING}|-?[0-9]{1,15}`
const PARAMETERS = `(?:;${KEY}(?:=(?:${VALUE}))?)*`
const ITEM = STRING + PARAMETERS
const ITEMS = `(?:${ITEM}(?: ${ITEM})*)?`

/** A member and the separator behind it. Headers that come twice are joined by `, `. */
const memberOf = (value: string): RegExp => new RegExp(`(${KEY})=(${value})(?:$|,[ \\t]*(?!$))`, 'y')

const BYTES_MEMBER = memberOf(':[A-Za-z0-9+/=]*:')
const LIST_MEMBER = memberOf(String.raw`\((${ITEMS})\)(${PARAMETERS})`)
const EACH_ITEM = new RegExp(ITEM, 'g')
const EACH_PARAMETER = new RegExp(`;(${KEY})(?:=(${VALUE}))?`, 'g')

/** A list of strings. */
export interface InnerList {
  /** The whole, as it was sent. */
  readonly text: string
  /** Each with its quotes and its own parameters, as it was sent. */
  readonly items: readonly string[]
  /** Of the list. A parameter without a value is true. */
  readonly parameters: ReadonlyMap<string, string | number | true>
}

/** A dictionary of byte sequences, as their base64, which is not decoded here. */
export const byteSequences = (text: string): ReadonlyMap<string, string> | undefined =>
  members(text, BYTES_MEMBER, (bytes) => bytes.slice(1, -1))

/** A dictionary of inner lists of strings, whose parameters are strings and integers. */
export const innerLists = (text: string): ReadonlyMap<string, InnerList> | undefined =>
  members(text, LIST_MEMBER, innerList)

function members<T>(
  text: string,
  member: RegExp,
  read: (value: string, ...groups: readonly string[]) => T | undefined,
): ReadonlyMap<string, T> | undefined {
  const found = new Map<string, T>()
  let at = 0
  do {
    member.lastIndex = at
    const [, key, value, ...groups] = member.exec(text) ?? []
    const one = value === undefined ? undefined : read(value, ...groups)
    if (key === undefined || one === undefined || found.has(key)) return undefined
    found.set(key, one)
    at = member.lastIndex
  } while (at < text.length)
  return found
}

function innerList(text: string, items = '', tail = ''): InnerList | undefined {
  const parameters = new Map<string, string | number | true>()
  for (const [, key = '', value] of tail.matchAll(EACH_PARAMETER)) {
    if (parameters.has(key)) return undefined
    parameters.set(key, value === undefined || bare(value))
  }
  return { text, items: items.match(EACH_ITEM) ?? [], parameters }
}

const bare = (value: string): string | number =>
  value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : Number(value)
