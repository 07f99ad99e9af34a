/** Random ids for things that have no identity of their own. */

/** The id of a delivery in logs, answers and the store: `req_` and 24 hex digits. */
export function requestId(): string {
  // A UUID's version and variant are in the digits that are left out. The 24 that stay are random.
  const uuid = crypto.randomUUID()
  return `req_${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(24)}`
}

/** Form of a request id. Events that came by a queue have the id of their message, see `consumer/email-service.ts`. */
export const REQUEST_ID = /^(?:req_[0-9a-f]{24}|msg_[0-9A-Za-z-]{1,64})$/
