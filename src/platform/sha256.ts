/** SHA-256 as a name for something, in lower-case hex. */
import { concat, toHex } from './bytes.ts'

/** Of bytes, of a text's UTF-8, or of several of these one after the other. */
type Part = string | Uint8Array

/** All 64 digits. */
export const sha256Hex = (...parts: readonly Part[]): Promise<string> => digest(parts, 32)

/** The first 32 digits: no two things of one installation share them. */
export const halfSha256Hex = (...parts: readonly Part[]): Promise<string> => digest(parts, 16)

async function digest(parts: readonly Part[], bytes: number): Promise<string> {
  const [first] = parts
  const whole = parts.length === 1 && typeof first === 'object' ? first : concat(parts)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', whole), 0, bytes))
}
