/** The body of a queue message as text, whatever its type. */
import { toBase64 } from '../platform/bytes.ts'

/** JSON. Bytes in it become base64; a body that JSON cannot represent becomes null. It never throws. */
export function bodyText(body: unknown): string {
  try {
    return JSON.stringify(body, portable) ?? 'null'
  } catch {
    // A cycle, or nesting deeper than the stack. None of our Workers sends either.
    return 'null'
  }
}

const portable = (_key: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return { base64: toBase64(value) }
  return typeof value === 'bigint' ? String(value) : value
}
