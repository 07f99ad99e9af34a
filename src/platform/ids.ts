/** Random names for things that have no identity of their own. */
import { joined } from './joined.ts'

/** A delivery's name in logs, answers and the store: `req_` and 24 hex digits. */
export function requestId(): string {
  // Version and variant are in the digits between; these 24 are random, and one call of the runtime.
  const uuid = crypto.randomUUID()
  return joined('req_', uuid.slice(0, 8), uuid.slice(9, 13), uuid.slice(24))
}

/** What a request id looks like. */
export const REQUEST_ID = /^req_[0-9a-f]{24}$/
