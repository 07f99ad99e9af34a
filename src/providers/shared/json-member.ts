/** Finds the position of a value in a JSON body, for schemes that put their signature into the signed body. */

/** Byte positions of a string's content, without its quotes. */
export interface Span {
  readonly start: number
  readonly end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b])
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d])
const COLON = 0x3a
const COMMA = 0x2c

/**
 * The position of a string member of the outermost object; `undefined` if there is no such member, more than one, or one that
 * is no string. Members of nested objects are ignored, since strangers may have written them.
 *
 * @param body a JSON object that was parsed before: its syntax is not checked here
 */
export function onlyTextMember(body: Uint8Array, name: string): Span | undefined {
  const found: Span[] = []
  let depth = 0
  let key: string | undefined
  let inValue = false
  for (let at = 0; at < body.byteLength; at++) {
    const byte = body[at] ?? 0
    if (byte === QUOTE) {
      const end = endOfText(body, at + 1)
      if (depth === 1 && !inValue) key = asciiOf(body.subarray(at + 1, end))
      else if (depth === 1 && key === name) found.push({ start: at + 1, end })
      at = end
    } else if (OPENING.has(byte)) depth++
    else if (CLOSING.has(byte)) depth--
    else if (depth === 1 && byte === COLON) inValue = true
    else if (depth === 1 && byte === COMMA) inValue = false
  }
  return found.length === 1 ? found[0] : undefined
}

/** The position of the closing quote. */
function endOfText(body: Uint8Array, from: number): number {
  let at = from
  while (at < body.byteLength && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1
  return at
}

const asciiOf = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
