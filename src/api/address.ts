/** Reads an address as people and programs write it, and what an operator may note about it. */
import * as v from 'valibot'

export const NOTE_MAX_CHARACTERS = 500

/**
 * The address that a text names: bare, or in angle brackets behind a name (`Ada <ada@example.com>`). `undefined` for
 * anything else, so that a check before sending cannot pass by mistake. Whether mail reaches the address is not checked.
 */
export function readAddress(text: string): string | undefined {
  const [, bracketed] = /^[^<>]*<([^<>]*)>$/.exec(text.trim()) ?? []
  const address = (bracketed ?? text).trim()
  return ADDRESS.test(address) && !/\p{Cc}/u.test(address) ? address : undefined
}

/** Without the characters that a list, a JSON string or a `mailto:` link adds. */
const ADDRESS = /^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"']{1,255}$/u

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
