/** Text from outside, made safe to display. */

/**
 * Characters that do more than be displayed: controls (including the escape of ANSI sequences), line and paragraph separators,
 * bidirectional overrides, zero-width characters, tags, private use and lone surrogates.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u115F\u1160\u3164\uFFA0]|\u034F|\u17B4|\u17B5/u

/** Controls except tabs and line breaks, and what turns the direction of text: nobody types them on purpose. */
const HIDING = /[^\P{Cc}\t\n\r]|[\u202A-\u202E\u2066-\u2069]/u

/** Whether a text could look like another one, or drive a terminal. */
export const hidesText = (text: string): boolean => HIDING.test(text)

/** A run of text, or the name of one invisible character. */
export type Stretch = { readonly text: string } | { readonly unseen: string }

/**
 * The text as runs that can be shown as they are, and names of characters that cannot: `U+202E`. It is cut after `maxCharacters`
 * code points, with an ellipsis.
 */
export function visible(text: string, maxCharacters = 1_000): Stretch[] {
  const stretches: Stretch[] = []
  let plain = ''
  let count = 0
  for (const character of text) {
    if (count++ === maxCharacters) {
      plain += '…'
      break
    }
    if (!UNSEEN.test(character)) plain += character
    else {
      if (plain !== '') stretches.push({ text: plain })
      stretches.push({ unseen: nameOf(character) })
      plain = ''
    }
  }
  return plain === '' ? stretches : [...stretches, { text: plain }]
}

/** As {@link visible}, in one piece, for attributes. */
export const visibleText = (text: string, maxCharacters?: number): string =>
  visible(text, maxCharacters)
    .map((stretch) => ('text' in stretch ? stretch.text : `[${stretch.unseen}]`))
    .join('')

const nameOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** The same JSON with invisible characters escaped: a terminal shows them, and a program reads the same value. */
export const visibleJson = (json: string): string =>
  json.replaceAll(new RegExp(UNSEEN, 'gu'), (character) =>
    character === '\n' ? character : [...utf16(character)].map(escaped).join(''),
  )

function* utf16(text: string): Generator<number> {
  for (let i = 0; i < text.length; i++) yield text.charCodeAt(i)
}

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
