/** Recognizes how a JSON object or array begins. */
import type { Bytes } from '../../platform/bytes.ts'

/** White space of JSON (RFC 8259 section 2). */
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d])
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b])

/** Whether the first byte after white space opens an object or an array. */
export function beginsLikeJson(body: Bytes): boolean {
  let at = 0
  while (SPACES.has(body[at])) at++
  return OPENING.has(body[at])
}
