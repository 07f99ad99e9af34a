/** Texts from outside, made harmless for a channel and cut to its limits. */
import { visibleText } from '../../platform/visible.ts'

/** The channel's spelling of one code point. */
export type Escape = (character: string) => string

export const asIs: Escape = (character) => character

/** An escape that looks characters up, and leaves all others as they are. */
export const escapeBy =
  (table: Readonly<Record<string, string>>): Escape =>
  (character) =>
    Object.hasOwn(table, character) ? (table[character] ?? character) : character

/** An escape that puts a backslash before each of these characters. */
export const backslashed =
  (characters: string): Escape =>
  (character) =>
    characters.includes(character) ? `\\${character}` : character

const CUT = ' … (cut)'

/**
 * One line: invisible characters are named, addresses of web pages are broken so that no program makes them links, and what is too
 * long is cut at a code point, with a note.
 *
 * @param maxUnits UTF-16 code units of the result, escapes included; room for the note at least
 */
export function fitted(text: string, maxUnits: number, escape: Escape = asIs): string {
  const note = Array.from(CUT, escape).join('')
  let whole = ''
  let cut = ''
  for (const character of unlinked(visibleText(text.trim(), maxUnits))) {
    const next = escape(character)
    if (whole.length + next.length > maxUnits) return cut + note
    whole += next
    if (whole.length + note.length <= maxUnits) cut = whole
  }
  return whole
}

/**
 * A dot that may be one of a host name: a label of two letters or more follows. The others are the full stops that IDNA takes for one.
 * `2.1 %`, `203.0.113.0/24` and `e.g. this` are left as they are.
 */
const DOT_OF_HOST = /(?<=[\p{L}\p{N}_-])[.\u3002\uFF0E\uFF61](?=[\p{L}\p{N}-]*\p{L}[\p{L}\p{N}-])/gu

/** Chat programs and mail readers make links of these. */
const unlinked = (text: string): string =>
  text
    .replaceAll('://', '[:]//')
    .replaceAll(/\b(mailto|tel):/giu, '$1[:]')
    .replaceAll(DOT_OF_HOST, '[.]')
