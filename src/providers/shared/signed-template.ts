/**
 * Templates of free signatures. A signature covers the text that a template gives and not its parts, so whoever has captured a
 * signed text could present it in other parts: an old time as the beginning of a body. Each text must therefore have one reading.
 *
 * Read from the front up to the body and from the end back to it, each part ends at the first border: the fixed text that
 * follows, and behind that a character with which the next part begins. So no part may hold its own border.
 */
import type { Bytes } from '../../platform/bytes.ts'

const PLACEHOLDER = /(\{(?:body|timestamp|id|url)\})/

type Placeholder = '{body}' | '{timestamp}' | '{id}' | '{url}'

/** Fixed text and placeholders in turn: a placeholder stands at each odd place. */
export const partsOf = (template: string): readonly string[] => template.split(PLACEHOLDER)

/** What a template is filled with. What it does not name counts for nothing. */
export interface TemplateValues {
  readonly timestamp: string
  readonly id: string
  readonly url: string
  /** Where the part of the URL begins that the sender may choose: all before it is the source's own address. */
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

/**
 * Whether the text that the values give can be read in no other way.
 *
 * @param parts of {@link partsOf}; the body is among them
 */
export function hasOneReading(parts: readonly string[], values: TemplateValues): boolean {
  const [first, last] = [parts.indexOf('{body}'), parts.lastIndexOf('{body}')]
  return parts.every((part, at) => {
    if (at % 2 === 0 || part === '{body}') return true
    if (at < first) return endsAtBorder(parts, at, values)
    return at > last && beginsAtBorder(parts, at, values)
  })
}

function endsAtBorder(parts: readonly string[], at: number, values: TemplateValues): boolean {
  const [part, next] = [placeholderAt(parts, at), placeholderAt(parts, at + 2)]
  const fixed = parts[at + 1] ?? ''
  const value = part === '{url}' ? values.url.slice(values.queryAt) : textOf(part, values)
  const border = new RegExp(escaped(fixed) + EDGES[next][0])
  return (value + fixed + edgeOf(next, values, 0)).search(border) === value.length
}

/** As {@link endsAtBorder}, with all texts turned around. */
function beginsAtBorder(parts: readonly string[], at: number, values: TemplateValues): boolean {
  const [before, part] = [placeholderAt(parts, at - 2), placeholderAt(parts, at)]
  const fixed = turnedAround(parts[at - 1] ?? '')
  const value = turnedAround(textOf(part, values))
  const border = new RegExp(escaped(fixed) + EDGES[before][1])
  return (value + fixed + edgeOf(before, values, -1)).search(border) === value.length
}

const placeholderAt = (parts: readonly string[], at: number) => parts[at] as Placeholder

function textOf(part: Placeholder, { timestamp, id, url }: TemplateValues): string {
  if (part === '{timestamp}') return timestamp
  return part === '{id}' ? id : url
}

/** The first character of a value, or the last. */
const edgeOf = (part: Placeholder, values: TemplateValues, at: 0 | -1): string =>
  part === '{body}' ? String.fromCharCode(values.body.at(at) ?? 0) : (textOf(part, values).at(at) ?? '')

const turnedAround = (text: string): string => Array.from(text).toReversed().join('')

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** An id as senders make them: with letters and digits. */
const USUAL = { timestamp: '1764000000', id: 'a1h', url: '', queryAt: 0, body: Uint8Array.of(0x7b, 0x7d) }

/** Whether no usual delivery could be accepted under the template, since two of its parts have no border between them. */
export const isWithoutBorders = (template: string): boolean => !hasOneReading(partsOf(template), USUAL)
