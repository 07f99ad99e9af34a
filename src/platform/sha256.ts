/** SHA-256 digests in lower-case hex, used as names. */
import { concat, toHex } from './bytes.ts'

/** Bytes, the UTF-8 of a text, or several of these in a row. */
type Part = string | Uint8Array

/** All 64 digits. */
export const sha256Hex = (...parts: readonly Part[]): Promise<string> => digest(parts, 32)

/** The first 32 digits: enough to be unique within one installation. */
export const halfSha256Hex = (...parts: readonly Part[]): Promise<string> => digest(parts, 16)

async function digest(parts: readonly Part[], bytes: number): Promise<string> {
  const [first] = parts
  const whole = parts.length === 1 && typeof first === 'object' ? first : concat(parts)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', whole), 0, bytes))
}
