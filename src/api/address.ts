/** Reads an address as people and programs write it, and what an operator may note about it. */
import * as v from 'valibot'

export const NOTE_MAX_CHARACTERS = 500

/**
 * The address that a text names: bare, or in angle brackets behind a name (`Ada <ada@example.com>`). `undefined` for
 * anything else, so that a check before sending cannot pass by mistake. Whether mail reaches the address is not checked.
 */
export function readAddress(text: string): string | undefined {
  const whole = text.trim()
  const [, bracketed] = /^[^<>]*<([^]*)>$/.exec(whole) ?? []
  return [whole, bracketed?.trim() ?? ''].find((one) => one.length <= 320 && ADDRESS.test(one))
}

/**
 * Without the characters that a list, a JSON string or a `mailto:` link adds. It holds for every address that is stored, also for one with
 * a quoted local part, a long one, or an address literal.
 */
const ADDRESS =
  /^(?:[^\s@<>,;:"\p{Cc}]+|"(?:[^"\\\p{C}]|\\[^\p{C}])+")@(?:[^\s@<>,;:"'\p{Cc}]{1,319}|\[[\w.:]+\])$/u

export const ADDRESS_FORM = 'Must be an address: name@domain, or Name <name@domain>.'

/** Without a name and brackets. */
export const AddressSchema = v.pipe(
  v.string(),
  v.check((text) => readAddress(text) !== undefined, ADDRESS_FORM),
  v.transform((text) => readAddress(text) ?? text),
)

export const NoteSchema = v.optional(
  v.pipe(
    v.string(),
    v.maxLength(NOTE_MAX_CHARACTERS, `Must have at most ${NOTE_MAX_CHARACTERS} characters.`),
  ),
)
