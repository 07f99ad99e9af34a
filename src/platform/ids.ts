/** Random names for things that have no identity of their own. */
import { toHex } from './bytes.ts'

/** A delivery's name in logs, answers and the store: `req_` and 24 hex digits. */
export const requestId = (): string => `req_${toHex(crypto.getRandomValues(new Uint8Array(12)))}`
