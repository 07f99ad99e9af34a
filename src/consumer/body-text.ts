/** A queue message's body as text, whatever was put into the queue. */
import { toBase64 } from '../platform/bytes.ts'

/** JSON; bytes in it are base64, and what JSON cannot hold at all is null. Total. */
export function bodyText(body: unknown): string {
  try {
    return JSON.stringify(body, portable) ?? 'null'
  } catch {
    // A circle, or nesting past the stack: no sender of ours makes either.
    return 'null'
  }
}

const portable = (_key: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return { base64: toBase64(value) }
  return typeof value === 'bigint' ? String(value) : value
}
