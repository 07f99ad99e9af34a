/** Parts a stream of JSON objects, each over several lines, as `wrangler tail --format json` writes them. */

/** An event of a Worker is far below; what is longer is thrown away. */
const MAX_CHARACTERS = 1024 * 1024

/**
 * Takes text as it comes; yields each object as soon as it is whole. What stands between objects is passed over.
 *
 * @param maxCharacters a longer object is cut, and is no JSON then
 */
export async function* jsonParts(
  texts: AsyncIterable<string>,
  maxCharacters = MAX_CHARACTERS,
): AsyncGenerator<string> {
  let part = ''
  let depth = 0
  let inString = false
  let escaped = false
  for await (const text of texts) {
    for (const character of text) {
      if (depth === 0 && character !== '{') continue
      if (part.length < maxCharacters) part += character
      if (inString) {
        if (escaped) escaped = false
        else if (character === '\\') escaped = true
        else if (character === '"') inString = false
      } else if (character === '"') inString = true
      else if (character === '{') depth++
      else if (character === '}' && --depth === 0) {
        yield part
        part = ''
      }
    }
  }
}
