/** SHA-256 as a name for something: lower-case hex, of bytes or of a text's UTF-8. */
import { toHex, utf8 } from './bytes.ts'

export const sha256Hex = async (data: Uint8Array | string): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', typeof data === 'string' ? utf8(data) : data)))
