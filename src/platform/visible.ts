/** Text from outside, made safe to look at. */

/**
 * What does something else than be seen: controls (among them the escape that begins an ANSI sequence), line and paragraph
 * separators, bidirectional overrides, characters without width, tags, private use and halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u115F\u1160\u3164\uFFA0]|\u034F|\u17B4|\u17B5/u

/** A stretch of text, or the name of one character that would not be seen. */
export type Stretch = { readonly text: string } | { readonly unseen: string }

/**
 * The text as stretches that can be shown as they are and names of what cannot: `U+202E`. Past `maxCharacters` (code
 * points) it is cut, with an ellipsis.
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

/** The same JSON with what would not be seen as escapes, so that a terminal shows it and a program reads what it was. */
export const visibleJson = (json: string): string =>
  json.replaceAll(new RegExp(UNSEEN, 'gu'), (character) =>
    character === '\n' ? character : [...utf16(character)].map(escaped).join(''),
  )

function* utf16(text: string): Generator<number> {
  for (let i = 0; i < text.length; i++) yield text.charCodeAt(i)
}

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
