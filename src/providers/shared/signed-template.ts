/**
 * Templates of signatures that an operator describes. A signature covers the text that a template produces, not its parts. So
 * anyone who has captured a signed text could split it differently, for example present an old time as the beginning of a
 * body. Each text must therefore have exactly one reading.
 *
 * The text is read from the front up to the body, and from the end back to it. Each part ends at the first delimiter: the fixed
 * text that follows, then a character with which the next part begins. So no part may contain its own delimiter. A time has only
 * digits, so another character ends it whatever follows; behind any other part the body must begin like JSON.
 */
import type { Bytes } from '../../platform/bytes.ts'

const PLACEHOLDER = /(\{(?:body|timestamp|id|url)\})/

type Placeholder = '{body}' | '{timestamp}' | '{id}' | '{url}'

/** Fixed text and placeholders in turn: placeholders have the odd indexes. */
export const partsOf = (template: string): readonly string[] => template.split(PLACEHOLDER)

/** The values for a template. Those that it does not name are ignored. */
export interface TemplateValues {
  readonly timestamp: string
  readonly id: string
  readonly url: string
  /** The position in the URL from which the sender may choose the text. All before it is the source's own address. */
  readonly queryAt: number
  readonly body: Bytes
}

/** Characters with which the values begin and end, as classes of a regular expression. */
const EDGES: Readonly<Record<Placeholder, readonly [first: string, last: string]>> = {
  '{timestamp}': ['[0-9]', '[0-9]'],
  '{id}': ['[\\x21-\\x7e]', '[\\x21-\\x7e]'],
  '{url}': ['h', '[\\x21-\\x7e]'],
  '{body}': ['[\\[{ \\t\\r\\n]', '[\\]} \\t\\r\\n]'],
}

const NO_DIGIT_FIRST = /^[^0-9]/

/**
 * Whether the text that the values produce has exactly one reading.
 *
 * @param parts from {@link partsOf}; the body is one of them
 */
export function hasOneReading(parts: readonly string[], values: TemplateValues): boolean {
  const [first, last] = [parts.indexOf('{body}'), parts.lastIndexOf('{body}')]
  return parts.every((part, at) => {
    if (at % 2 === 0 || part === '{body}') return true
    if (at < first) return endsAtDelimiter(parts, at, values)
    return at > last && beginsAtDelimiter(parts, at, values)
  })
}

function endsAtDelimiter(parts: readonly string[], at: number, values: TemplateValues): boolean {
  const [part, next] = [placeholderAt(parts, at), placeholderAt(parts, at + 2)]
  const fixed = parts[at + 1] ?? ''
  if (part === '{timestamp}' && NO_DIGIT_FIRST.test(fixed)) return true
  const value = part === '{url}' ? values.url.slice(values.queryAt) : textOf(part, values)
  const delimiter = new RegExp(escaped(fixed) + EDGES[next][0])
  return (value + fixed + edgeOf(next, values, 0)).search(delimiter) === value.length
}

/** Like {@link endsAtDelimiter}, with all texts reversed. */
function beginsAtDelimiter(parts: readonly string[], at: number, values: TemplateValues): boolean {
  const [before, part] = [placeholderAt(parts, at - 2), placeholderAt(parts, at)]
  const fixed = reversed(parts[at - 1] ?? '')
  if (part === '{timestamp}' && NO_DIGIT_FIRST.test(fixed)) return true
  const value = reversed(textOf(part, values))
  const delimiter = new RegExp(escaped(fixed) + EDGES[before][1])
  return (value + fixed + edgeOf(before, values, -1)).search(delimiter) === value.length
}

const placeholderAt = (parts: readonly string[], at: number) => parts[at] as Placeholder

function textOf(part: Placeholder, { timestamp, id, url }: TemplateValues): string {
  if (part === '{timestamp}') return timestamp
  return part === '{id}' ? id : url
}

/** The first character of a value, or the last. */
const edgeOf = (part: Placeholder, values: TemplateValues, at: 0 | -1): string =>
  part === '{body}' ? String.fromCharCode(values.body.at(at) ?? 0) : (textOf(part, values).at(at) ?? '')

const reversed = (text: string): string => Array.from(text).toReversed().join('')

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** A usual delivery: an id of letters and digits, as senders make them. */
const USUAL = { timestamp: '1764000000', id: 'a1h', url: '', queryAt: 0, body: Uint8Array.of(0x7b, 0x7d) }

/** Whether the template would refuse every usual delivery, since nothing separates two of its parts. */
export const lacksDelimiters = (template: string): boolean => !hasOneReading(partsOf(template), USUAL)
