/** Random names for things that have no identity of their own. */
/** A delivery's name in logs, answers and the store: `req_` and 24 hex digits. */
export function requestId(): string {
  // Version and variant are in the digits between; these 24 are random, and one call of the runtime.
  const uuid = crypto.randomUUID()
  return `req_${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(24)}`
}
