/** An example of a payload that holds no value of it: each is replaced by its type and length. It shows where fields are. */
import { nameable } from './nameable.ts'

/** Longer examples show nobody more. */
const CHARACTERS_MAX = 1_000
const DEPTH_MAX = 6
/** Items of a list are alike. */
const ITEMS_MAX = 2
/** Values that a key is compared with. */
const VALUES_MAX = 500
/** Shorter values tell nothing, and are in every word. */
const VALUE_LEAST = 3

/** Names that payloads of all ESPs have. They are shown also where a value is the same word. */
const COMMON: ReadonlySet<string> = new Set([
  'data',
  'email',
  'event',
  'message',
  'object',
  'recipient',
  'type',
])

/** Fields below which the customers of an ESP choose the names: `ada_lovelace` looks like a field. */
const METADATA = /(?:^|[-_]|custom)(?:meta(?:data)?|args|variables|vars|tags|fields|headers|properties)$/i

type Shape = string | readonly Shape[] | { readonly [key: string]: Shape }

/**
 * JSON with the names of the fields, `text(17)` in place of a text of 17 characters, and `number` in place of a number. A key that does
 * not look like the name of a field, holds a value of the same payload or stands below metadata is replaced as well. Its size is bounded,
 * whatever the payload is.
 */
export function redacted(payload: unknown): string {
  const values = [...textsIn(payload, VALUES_MAX)]
  const isShown = (key: string): boolean =>
    COMMON.has(key) || (isFieldName(key) && !values.some((value) => key.toLowerCase().includes(value)))
  let left = CHARACTERS_MAX

  const shapeOf = (value: unknown, depth: number, isMetadata = false): Shape => {
    if (typeof value === 'string') return `text(${value.length})`
    if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
    const isList = Array.isArray(value)
    const entries = Object.entries(value)
    const shown: [string, Shape][] = []
    if (depth < DEPTH_MAX)
      for (const [i, [key, one]] of entries.entries()) {
        if (left <= 0 || (isList && i >= ITEMS_MAX)) break
        const name = isList || (!isMetadata && isShown(key)) ? key : `key(${key.length}) ${i + 1}`
        // The quotes, colons and commas around it, and a short value.
        left -= name.length + 18
        shown.push([name, shapeOf(one, depth + 1, isMetadata || METADATA.test(key))])
      }
    const more = entries.length - shown.length
    if (more > 0) shown.push(['…', `${more} more`])
    return isList ? shown.map(([, shape]) => shape) : Object.fromEntries(shown)
  }
  return JSON.stringify(shapeOf(payload, 0))
}

/** A name as programs and headers have it: `$message`, `smtp-id`, `o:tag`. */
const isFieldName = (key: string): boolean =>
  key !== '' && key.split(/^[$_]|[-:]/).every((part) => nameable(part) === part)

/** Texts and numbers at any depth, in lower case. If there are too many, an empty text, which every key holds. */
function* textsIn(payload: unknown, most: number): Generator<string> {
  const waiting: unknown[] = [payload]
  for (const value of waiting) {
    if (waiting.length > most) yield ''
    else if (typeof value === 'object' && value !== null)
      for (const one of Object.values(value).slice(0, most)) waiting.push(one)
    else if (String(value).length >= VALUE_LEAST) yield String(value).toLowerCase()
  }
}
